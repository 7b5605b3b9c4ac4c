/** What a sessionful server may try, and what comes of it. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { resultOf, textOf } from '../../../test/harness/met-server.ts'
import { at, scripted, turn } from '../../../test/harness/scripted-server.ts'
import type { ReverseSelector } from '../../kernel/manifest.ts'
import { maxResultBytes } from './call-answer.ts'
import { callLimits } from './call-under-way.ts'
import { conversationLimits } from './conversation.ts'
import type { AskAnswer } from './session.ts'

const declared: readonly ReverseSelector[] = ['client/roots', 'client/sampling', 'client/elicitation']
const form = { message: 'm', requestedSchema: { type: 'object', properties: {} } }
const accepted: AskAnswer = { kind: 'answered', result: Buffer.from('{"action":"accept"}') }

test('exactly the argument bytes are sent, and exactly the result bytes come back', async () => {
  const it = scripted('legacy')
  const call = it.call('tools/weigh', '{ "b":1.50,"a":"\\u0041" }')
  assert.equal(
    it.sent[0]?.text,
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"weigh","arguments":{ "b":1.50,"a":"\\u0041" }}}',
  )
  it.say('{"jsonrpc":"2.0","id":1,"result": { "content":[], "big": 12345678901234567890 } }')
  const answer = await call.answer
  assert.ok(answer.outcome === 'done')
  assert.equal(Buffer.from(answer.result).toString(), '{ "content":[], "big": 12345678901234567890 }')
})

test('a second answer and an answer to nothing are counted and change nothing', async () => {
  const it = scripted('legacy')
  const call = it.call('tools/a')
  it.say({ id: 77, result: {} })
  it.say({ id: 1, result: { n: 1 } })
  it.say({ id: 1, result: { n: 2 } })
  assert.deepEqual(resultOf(await call.answer), { n: 1 })
  assert.equal(it.conversation.violations, 2)
  assert.equal(it.conversation.overBecause, null)
})

test('whoever breaks the protocol too often is left, and its calls are lost', async () => {
  const it = scripted('legacy')
  const call = it.call('tools/a')
  for (let n = 0; n <= conversationLimits.violations; n++) it.say('hello')
  assert.equal((await call.answer).outcome, 'lost')
  it.say({ id: 1, result: {} })
  assert.equal((await it.call('tools/b').answer).outcome, 'lost')
})

test('an answer that is none ends its call and is counted', async () => {
  const it = scripted('legacy')
  const call = it.call('tools/a')
  it.say('{"jsonrpc":"2.0","id":1,"result":[]}')
  const answer = await call.answer
  assert.ok(answer.outcome === 'failed')
  assert.match(answer.reason, /not an object/)
  assert.equal(it.conversation.violations, 1)
})

test('a result too large to travel is a failure', async () => {
  const it = scripted('legacy')
  const call = it.call('tools/a')
  it.say({ id: 1, result: { x: 'x'.repeat(maxResultBytes) } })
  assert.equal((await call.answer).outcome, 'failed')
})

test('a late answer to a call that was given up is no violation, a second one is', async () => {
  const it = scripted('legacy')
  const call = it.call('tools/a')
  call.cancel()
  call.cancel()
  assert.equal((await call.answer).outcome, 'failed')
  assert.equal(it.sent.length, 2)
  assert.deepEqual(it.last()['params'], { requestId: 1, reason: 'withdrawn' })
  assert.deepEqual(it.abandoned, [1])
  it.say({ id: 1, result: {} })
  assert.equal(it.conversation.violations, 0)
  it.say({ id: 1, result: {} })
  assert.equal(it.conversation.violations, 1)
})

test('over HTTP an answer counts only on the stream of its request', async () => {
  const it = scripted('legacy', { kind: 'http' })
  const [mine, theirs] = [it.call('tools/a'), it.call('tools/b')]
  it.say({ id: 1, result: { from: 'b' } }, 2)
  it.say({ id: 1, result: { from: 'nowhere' } }, null)
  it.say({ id: 1, result: { from: 'a' } }, 1)
  it.say({ id: 2, result: {} }, 2)
  assert.deepEqual(resultOf(await mine.answer), { from: 'a' })
  assert.equal((await theirs.answer).outcome, 'done')
  assert.equal(it.conversation.violations, 2)
})

test('whatever was not declared is refused at once, except a sign of life', async () => {
  const it = scripted('legacy')
  for (const method of ['roots/list', 'sampling/createMessage', 'elicitation/create', 'tools/list', 'x'])
    it.say({ id: 'q', method })
  it.say({ id: 5, method: 'ping' })
  await turn()
  assert.equal(it.sent.filter(({ message }) => at(message, 'error', 'code') === -32_601).length, 5)
  assert.deepEqual(it.last(), { jsonrpc: '2.0', id: 5, result: {} })
  assert.deepEqual(it.asked, [])
})

test('while two calls are under way a question or a log message belongs to neither', async () => {
  const it = scripted('legacy', { declared, capabilities: {} })
  const answer = (): Promise<AskAnswer> => Promise.resolve(accepted)
  const calls = [
    it.call('tools/a', '{}', { log: 'debug', answer }),
    it.call('tools/b', '{}', { log: 'debug', answer }),
  ]
  await turn()
  it.say({ id: 'e', method: 'elicitation/create', params: form })
  it.say({ method: 'notifications/message', params: { level: 'info', data: 'secret of a' } })
  await turn()
  assert.match(JSON.stringify(at(it.last(), 'error', 'message')), /cannot be attributed to one call/)
  for (const call of calls) assert.deepEqual([call.asked, call.logs], [[], []])
  it.say({ id: 1, result: {} })
  await calls[0]?.answer
  it.say({ id: 'e', method: 'elicitation/create', params: form })
  await turn()
  assert.deepEqual(it.last()['result'], { action: 'accept' })
  assert.equal(calls[1]?.asked.length, 1)
})

test('a call that was given up still counts, until its late answer', async () => {
  const it = scripted('legacy', { declared })
  it.call('tools/a').cancel()
  const next = it.call('tools/b', '{}', { answer: () => Promise.resolve(accepted) })
  it.say({ id: 'e', method: 'elicitation/create', params: form })
  await turn()
  assert.match(JSON.stringify(at(it.last(), 'error', 'message')), /cannot be attributed/)
  it.say({ id: 1, result: {} })
  it.say({ id: 'f', method: 'elicitation/create', params: form })
  await turn()
  assert.equal(next.asked.length, 1)
})

test('over HTTP questions go to the call whose stream carried them, and roots need none', async () => {
  const it = scripted('legacy', {
    kind: 'http',
    declared,
    answer: () => Promise.resolve({ kind: 'answered', result: Buffer.from('{"roots":[]}') }),
  })
  const answer = (): Promise<AskAnswer> => Promise.resolve(accepted)
  const [a, b] = [it.call('tools/a', '{}', { answer }), it.call('tools/b', '{}', { answer })]
  it.say({ id: 'e', method: 'elicitation/create', params: form }, 2)
  it.say({ id: 'g', method: 'elicitation/create', params: form }, null)
  it.say({ id: 'r', method: 'roots/list' }, null)
  await turn()
  assert.deepEqual([a.asked.length, b.asked.length], [0, 1])
  assert.deepEqual(it.asked, ['client/roots'])
  assert.match(
    JSON.stringify(at(it.sent.find(({ message }) => message['id'] === 'g')?.message, 'error', 'message')),
    /cannot be attributed/,
  )
})

test('progress counts for the call it names, and over HTTP only on that call’s stream', () => {
  const it = scripted('legacy', { kind: 'http' })
  const [a, b] = [it.call('tools/a', '{}', { progress: true }), it.call('tools/b', '{}', { progress: true })]
  const progress = (progressToken: number | string, value: unknown, stream: number | null): void =>
    it.say({ method: 'notifications/progress', params: { progressToken, progress: value as number } }, stream)
  progress(1, 0.5, 1)
  progress(1, 0.6, 2)
  progress(99, 1, 1)
  progress('1', 1, 1)
  progress(2, 'far', 2)
  assert.deepEqual(a.progress, [{ progress: 0.5 }])
  assert.deepEqual(b.progress, [])
})

test('of progress without pause the last is told before the answer, and not much in between', async () => {
  const it = scripted('legacy')
  const call = it.call('tools/a', '{}', { progress: true })
  for (let progress = 1; progress <= 10_000; progress++)
    it.say({ method: 'notifications/progress', params: { progressToken: 1, progress } })
  it.say({ id: 1, result: {} })
  await call.answer
  assert.equal(call.progress.at(-1)?.progress, 10_000)
  assert.ok(call.progress.length < 60, String(call.progress.length))
})

test('log messages without pause are dropped and counted', async () => {
  const it = scripted('legacy')
  const call = it.call('tools/a', '{}', { log: 'debug' })
  await turn()
  for (let n = 0; n < 5000; n++)
    it.say({ method: 'notifications/message', params: { level: 'info', data: n } })
  it.say({ method: 'notifications/message', params: { level: 'loud', data: 1 } })
  it.say({ method: 'notifications/message', params: { level: 'info' } })
  it.say({ id: 1, result: {} })
  await call.answer
  assert.ok(call.logs.length < 300, String(call.logs.length))
  assert.match(Buffer.from(call.logs.at(-1)?.data ?? []).toString(), /^"\d+ log messages were dropped/)
})

test('a log message that is too large is named and not passed on', async () => {
  const it = scripted('legacy')
  const call = it.call('tools/a', '{}', { log: 'debug' })
  await turn()
  it.say({
    method: 'notifications/message',
    params: { level: 'info', logger: 'l'.repeat(5000), data: 'x'.repeat(100_000) },
  })
  assert.match(Buffer.from(call.logs[0]?.data ?? []).toString(), /100002 bytes was dropped/)
  assert.equal(call.logs[0]?.logger?.length, callLimits.textLength)
})

test('requests without pause end the session, whatever they ask', () => {
  const it = scripted('legacy', { declared })
  for (let n = 0; n < 1000 && it.conversation.overBecause === null; n++) it.say({ id: n, method: 'ping' })
  assert.match(it.conversation.overBecause ?? '', /requests without pause/)
})

test('a call waits for so many answers and no more', async () => {
  const it = scripted('legacy', { declared })
  const call = it.call('tools/a', '{}', { answer: () => new Promise(() => {}) })
  for (let n = 0; n < callLimits.asks + 10; n++)
    it.say({ id: `e${n}`, method: 'elicitation/create', params: form })
  await turn()
  assert.equal(call.asked.length, callLimits.asks)
  assert.equal(it.sent.filter(({ message }) => message['error'] !== undefined).length, 10)
})

test('two open questions with one id are one question and a violation', async () => {
  const it = scripted('legacy', { declared })
  const call = it.call('tools/a', '{}', { answer: () => new Promise(() => {}) })
  it.say({ id: 1, method: 'elicitation/create', params: form })
  it.say({ id: 1, method: 'elicitation/create', params: form })
  await turn()
  assert.equal(call.asked.length, 1)
  assert.equal(it.conversation.violations, 1)
})

test('a question with parameters that are not valid is not asked', async () => {
  const it = scripted('legacy', { declared })
  const call = it.call('tools/a')
  it.say({ id: 'e', method: 'elicitation/create', params: { message: 1 } })
  await turn()
  assert.equal(at(it.last(), 'error', 'code'), -32_602)
  assert.deepEqual(call.asked, [])
})

test('a question is withdrawn when the server takes it back and when its call ends', async () => {
  const it = scripted('legacy', { declared })
  let withdrawn = 0
  const call = it.call('tools/a', '{}', {
    answer: async (_selector, _params, signal) => {
      await once(signal, 'abort')
      withdrawn++
      return { kind: 'refused', code: 'not-found', message: 'Withdrawn.', needed: '' }
    },
  })
  it.say({ id: 'e', method: 'elicitation/create', params: form })
  it.say({ id: 'f', method: 'elicitation/create', params: form })
  await turn()
  const before = it.sent.length
  it.say({ method: 'notifications/cancelled', params: { requestId: 'e' } })
  await turn()
  assert.equal(withdrawn, 1)
  assert.equal(it.sent.length, before, 'nobody waits for that answer')
  it.say({ id: 1, result: {} })
  await call.answer
  await turn()
  assert.equal(withdrawn, 2)
})

test('an answer that is not one JSON object on one line never reaches the server', async () => {
  for (const result of ['{}\n{"jsonrpc":"2.0","method":"x"}', '[]', '{"a":1,"a":2}', 'x', '']) {
    const it = scripted('legacy', { declared })
    it.call('tools/a', '{}', {
      answer: () => Promise.resolve({ kind: 'answered', result: Buffer.from(result) }),
    })
    it.say({ id: 'e', method: 'elicitation/create', params: form })
    await turn()
    assert.match(JSON.stringify(at(it.last(), 'error', 'message')), /cannot be used/, result)
  }
})

test('an error of the server travels as it is', async () => {
  const it = scripted('legacy')
  const call = it.call('tools/a')
  it.say('{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"no such tool","data":{"n":1.0}}}')
  const answer = await call.answer
  assert.ok(answer.outcome === 'failed' && answer.form === 'error')
  assert.equal(answer.reason, 'error -32602', 'the words of the server are sealed, not recorded in the clear')
  assert.equal(
    Buffer.from(answer.result).toString(),
    '{"code":-32602,"message":"no such tool","data":{"n":1.0}}',
  )
})

test('what cannot have reached the server is told apart from what may have', async () => {
  const it = scripted('legacy', { kind: 'http' })
  const [unsent, broken] = [it.call('tools/a'), it.call('tools/b')]
  const problem = { status: null, error: null }
  it.conversation.failed(1, { ...problem, reason: 'nobody listens', sent: false })
  it.conversation.failed(2, { ...problem, reason: 'the stream broke', sent: true })
  const ends = [await unsent.answer, await broken.answer].map((answer) => [
    answer.outcome,
    'reason' in answer && answer.reason,
  ])
  assert.deepEqual(ends, [
    ['failed', 'nobody listens'],
    ['in-doubt', 'the stream broke'],
  ])
  assert.equal(textOf(await it.call('tools/c', 'x\n').answer), '')
})

test('changes are passed on, of resources only to whoever subscribed', async () => {
  const it = scripted('legacy')
  it.say({ method: 'notifications/resources/updated', params: { uri: 'a:b' } })
  const call = it.call('resources/subscribe', '{"uri":"a:b"}')
  it.say({ id: 1, result: {} })
  await call.answer
  it.say({ method: 'notifications/resources/updated', params: { uri: 'a:b' } })
  it.say({ method: 'notifications/resources/updated', params: { uri: 1 } })
  it.say({ method: 'notifications/tools/list_changed' })
  it.say({ method: 'notifications/resources/list_changed' })
  it.say({ method: 'notifications/nonsense' })
  assert.deepEqual(it.changes, ['a:b', 'definitions', 'definitions', 'resources'])
})

test('a server is told once that nobody hears of a resource any more, and its news of it goes nowhere', async () => {
  const it = scripted('legacy')
  const call = it.call('resources/subscribe', '{"uri":"a:b"}')
  it.say({ id: 1, result: {} })
  await call.answer
  const asked = (): number =>
    it.sent.filter(({ message }) => message['method'] === 'resources/unsubscribe').length
  it.session.unsubscribe('a:other')
  assert.equal(asked(), 0)
  it.session.unsubscribe('a:b')
  it.session.unsubscribe('a:b')
  assert.equal(asked(), 1)
  assert.deepEqual(at(it.last(), 'params'), { uri: 'a:b' })
  it.say({ method: 'notifications/resources/updated', params: { uri: 'a:b' } })
  assert.deepEqual(it.changes, [])
})
