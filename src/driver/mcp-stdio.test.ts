import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CallAnswer } from './mcp-stdio.ts'
import { mcpLimits, McpSession } from './mcp-stdio.ts'
import { initialize, listDefinitions } from './mcp-attach.ts'

const decoder = new TextDecoder()
const encoder = new TextEncoder()

/** A session whose server is the test. */
function script(): {
  readonly session: McpSession
  readonly sent: string[]
  readonly endings: string[]
  readonly say: (text: string) => void
  changes: number
} {
  const sent: string[] = []
  const endings: string[] = []
  const session = new McpSession({
    write: (bytes) => {
      sent.push(decoder.decode(bytes))
      return 0
    },
    ended: (reason) => endings.push(reason),
    toolsChanged: () => {
      self.changes++
    },
  })
  const self = {
    session,
    sent,
    endings,
    say: (text: string) => session.receive(encoder.encode(text)),
    changes: 0,
  }
  return self
}

test('exactly the argument bytes reach the program, and exactly the result bytes come back', async () => {
  const { session, sent, say } = script()
  const call = session.call('weigh', encoder.encode('{ "b":1.50,"a":"\\u0041" }'))
  assert.equal(
    sent[0],
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"weigh","arguments":{ "b":1.50,"a":"\\u0041" }}}\n',
  )
  say('{"jsonrpc":"2.0","id":1,"result": { "content":[], "big": 12345678901234567890 } }\n')
  const answer = await call.answer
  assert.equal(answer.outcome, 'done')
  assert.equal(text(answer), '{ "content":[], "big": 12345678901234567890 }')
})

function text(answer: CallAnswer): string {
  return answer.outcome === 'lost' ? '' : decoder.decode(answer.result)
}

test('a message may arrive in any pieces', async () => {
  const { session, say } = script()
  const call = session.call('a', encoder.encode('{}'))
  for (const byte of '{"jsonrpc":"2.0","id":1,"result":{"x":1}}\r\n') say(byte)
  assert.equal(text(await call.answer), '{"x":1}')
})

test('an error result and a JSON-RPC error are failures with a reason', async () => {
  const { session, say } = script()
  const first = session.call('a', encoder.encode('{}'))
  const second = session.call('b', encoder.encode('{}'))
  say('{"jsonrpc":"2.0","id":2,"error":{"code":-32602,"message":"no such tool"}}\n')
  say('{"jsonrpc":"2.0","id":1,"result":{"isError":true}}\n')
  assert.deepEqual(await second.answer, {
    outcome: 'failed',
    reason: 'error -32602: no such tool',
    result: new Uint8Array(),
  })
  const answer = await first.answer
  assert.equal(answer.outcome, 'failed')
  assert.equal(text(answer), '{"isError":true}')
})

test('a second answer and an answer to nothing are counted and change nothing', async () => {
  const { session, say } = script()
  const call = session.call('a', encoder.encode('{}'))
  say('{"jsonrpc":"2.0","id":77,"result":{}}\n')
  say('{"jsonrpc":"2.0","id":1,"result":{"n":1}}\n{"jsonrpc":"2.0","id":1,"result":{"n":2}}\n')
  assert.equal(text(await call.answer), '{"n":1}')
  assert.equal(session.violations, 2)
  assert.equal(session.endedBecause, null)
})

test('a program that breaks the protocol too often is left, and its calls are lost', async () => {
  const { session, endings, say } = script()
  const call = session.call('a', encoder.encode('{}'))
  for (let n = 0; n <= mcpLimits.violations; n++) say('hello\n')
  assert.equal((await call.answer).outcome, 'lost')
  assert.equal(endings.length, 1)
  say('{"jsonrpc":"2.0","id":1,"result":{}}\n')
  assert.equal((await session.call('b', encoder.encode('{}')).answer).outcome, 'lost')
})

test('a cancelled call is settled at once and its late answer is no violation', async () => {
  const { session, sent, say } = script()
  const call = session.call('a', encoder.encode('{}'))
  call.cancel()
  call.cancel()
  assert.equal((await call.answer).outcome, 'failed')
  assert.match(sent[1] ?? '', /"notifications\/cancelled","params":\{"requestId":1,/)
  assert.equal(sent.length, 2)
  say('{"jsonrpc":"2.0","id":1,"result":{}}\n')
  assert.equal(session.violations, 0)
  say('{"jsonrpc":"2.0","id":1,"result":{}}\n')
  assert.equal(session.violations, 1)
})

test('whatever a server asks of its client is refused, except ping', () => {
  const { sent, say } = script()
  for (const method of ['roots/list', 'sampling/createMessage', 'elicitation/create', 'tools/list', 'x']) {
    say(`{"jsonrpc":"2.0","id":"q","method":"${method}"}\n`)
  }
  say('{"jsonrpc":"2.0","id":5,"method":"ping"}\n')
  assert.equal(sent.filter((line) => line.includes('-32601')).length, 5)
  assert.equal(sent[5], '{"jsonrpc":"2.0","id":5,"result":{}}\n')
})

test('arguments that would break the line are never sent', async () => {
  const { session, sent } = script()
  const answer = await session.call('a', encoder.encode('{}\n{"jsonrpc":"2.0"}')).answer
  assert.equal(answer.outcome, 'failed')
  assert.deepEqual(sent, [])
})

test('a result too large to travel is a failure', async () => {
  const { session, say } = script()
  const call = session.call('a', encoder.encode('{}'))
  say(`{"jsonrpc":"2.0","id":1,"result":{"x":"${'x'.repeat(mcpLimits.resultBytes)}"}}\n`)
  assert.equal((await call.answer).outcome, 'failed')
  assert.equal(session.endedBecause, null)
})

test('a line without end ends the session', () => {
  const { session, say } = script()
  for (let n = 0; n < 5; n++) say('x'.repeat(1_048_576))
  assert.match(session.endedBecause ?? '', /line longer/)
})

test('the handshake declares no capability and accepts only revisions we speak', async () => {
  const { session, sent, say } = script()
  const good = initialize(session)
  assert.match(sent[0] ?? '', /"protocolVersion":"2025-11-25","capabilities":\{\}/)
  say('{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2024-11-05","capabilities":{}}}\n')
  assert.deepEqual(await good, { ok: true, value: { name: '', version: '', revision: '2024-11-05' } })
  const bad = initialize(session)
  say('{"jsonrpc":"2.0","id":2,"result":{"protocolVersion":"1999-01-01","capabilities":{}}}\n')
  assert.equal((await bad).ok, false)
})

test('tools are listed over pages, and offers that cannot be pinned are refused', async () => {
  const { session, sent, say } = script()
  const listing = listDefinitions(session)
  say('{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"b"}],"nextCursor":"2"}}\n')
  await turn()
  assert.match(sent[1] ?? '', /"params":\{"cursor":"2"\}/)
  say('{"jsonrpc":"2.0","id":2,"result":{"tools":[{"name":"a"}]}}\n')
  const listed = await listing
  assert.ok(listed.ok)
  assert.deepEqual(
    listed.value.map(({ selector }) => selector),
    ['tools/a', 'tools/b'],
  )
  for (const tools of [
    '[{"name":"a"},{"name":"a"}]',
    '[{"name":"a b"}]',
    '[{"name":"a","name":"b"}]',
    '{}',
    '[1]',
  ]) {
    const refused = script()
    const answer = listDefinitions(refused.session)
    refused.say(`{"jsonrpc":"2.0","id":1,"result":{"tools":${tools}}}\n`)
    assert.equal((await answer).ok, false, tools)
  }
})

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

test('a changed list of tools is passed on', () => {
  const it = script()
  it.say('{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}\n')
  it.say('{"jsonrpc":"2.0","method":"notifications/message","params":{}}\n')
  assert.equal(it.changes, 1)
})

test('a program that does not read is left before its input fills our memory', () => {
  let unread = 0
  const session = new McpSession({
    write: (bytes) => (unread += bytes.length),
    ended: () => {},
    toolsChanged: () => {},
  })
  for (let n = 0; n < 40; n++) void session.call('a', new Uint8Array(1_000_000).fill(0x20))
  assert.match(session.endedBecause ?? '', /does not read/)
  assert.ok(unread < mcpLimits.unreadBytes + 2_000_000)
})
