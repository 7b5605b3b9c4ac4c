import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Connection } from './connection.ts'
import { connectProgram } from './connection.ts'
import { initialize, listDefinitions } from './mcp-attach.ts'
import type { CallAnswer } from './mcp-stdio.ts'
import { mcpLimits } from './mcp-stdio.ts'
import type { RunningProgram } from './program.ts'
import { launchInGroup } from './program.ts'

const folder = fileURLToPath(new URL('../../test/hostile/drivers/', import.meta.url))

function start(name: string): RunningProgram {
  const args = [`${folder}${name}.mjs`]
  return launchInGroup({ protocol: 'mcp-stdio', command: process.execPath, args, cwd: folder, env: {} })
}

/** Starts a hostile server, gets to know it, lets `meet` meet it, and leaves nothing behind. */
async function against(name: string, meet: (connection: Connection) => Promise<void>): Promise<void> {
  const connection = connectProgram(start(name), () => {})
  try {
    assert.ok((await initialize(connection.session)).ok)
    assert.ok((await listDefinitions(connection.session)).ok)
    await meet(connection)
  } finally {
    connection.close('the test is over')
    await connection.program.exited
  }
}

function act(connection: Connection, args = '{}'): Promise<CallAnswer> {
  return connection.session.call('act', Buffer.from(args)).answer
}

function text(answer: CallAnswer): string {
  if (answer.outcome === 'lost') return ''
  const result = JSON.parse(Buffer.from(answer.result).toString()) as { content: { text: string }[] }
  return result.content[0]?.text ?? ''
}

test('a program that dies in a call loses it and ends the session', () =>
  against('crash', async (connection) => {
    assert.equal((await act(connection)).outcome, 'lost')
    assert.match(await connection.ended, /exited with 7|closed its output/)
  }))

test('a program that hangs can be cancelled and killed', () =>
  against('hang', async (connection) => {
    const call = connection.session.call('act', Buffer.from('{}'))
    call.cancel()
    assert.equal((await call.answer).outcome, 'failed')
    const lost = act(connection)
    connection.close('enough')
    assert.equal((await lost).outcome, 'lost')
    assert.equal(await connection.program.exited, 'died of SIGKILL')
  }))

test('a second answer changes nothing', () =>
  against('answer-twice', async (connection) => {
    assert.equal(text(await act(connection)), 'first')
    assert.equal(text(await act(connection)), 'first')
    assert.ok(connection.session.violations >= 1)
  }))

for (const name of ['unknown-ids', 'garbage']) {
  test(`a few lines of ${name} are counted, many end the session`, () =>
    against(name, async (connection) => {
      assert.equal(text(await act(connection, '{"count":50}')), 'honest')
      assert.equal(connection.session.violations, 50)
      assert.equal((await act(connection, '{"count":51}')).outcome, 'lost')
      assert.match(await connection.ended, /too often/)
    }))
}

test('a flood of notifications does not keep answers from arriving', () =>
  against('flood', async (connection) => {
    assert.equal(text(await act(connection)), 'still here')
    assert.equal(connection.session.endedBecause, null)
  }))

test('a result of a megabyte fails, one that fits arrives, and a line without end ends the session', () =>
  against('long-line', async (connection) => {
    assert.equal(text(await act(connection, '{"bytes":900000}')).length, 900_000)
    assert.equal((await act(connection, `{"bytes":${mcpLimits.resultBytes}}`)).outcome, 'failed')
    assert.equal((await act(connection, '{"bytes":0}')).outcome, 'lost')
    assert.match(await connection.ended, /line longer/)
  }))

test('bytes that are not UTF-8 are no answer', () =>
  against('bad-utf8', async (connection) => {
    assert.equal(text(await act(connection)), 'proper')
    assert.equal(connection.session.violations, 1)
  }))

test('a program that asks for roots, sampling and elicitation gets none of them', () =>
  against('nosy', async (connection) => {
    const answers = JSON.parse(text(await act(connection))) as { id: string; error?: { code: number } }[]
    const refused = answers.filter(({ error }) => error?.code === -32601).map(({ id }) => id)
    assert.deepEqual(refused, ['r', 's', 'e'])
  }))

test('the program sees exactly the bytes of the arguments', () =>
  against('echo', async (connection) => {
    const args = '{ "z" : 1.0, "a":"\\u00e9é", "n": 1e2 }'
    const answer = await connection.session.call('echo', Buffer.from(args)).answer
    const line = Buffer.from(text(answer), 'base64').toString()
    assert.ok(line.includes(`"arguments":${args}}`), line)
  }))

test('a program that cannot be started ends the session', async () => {
  for (const program of [
    { command: '/no/such/program', cwd: '/' },
    { command: process.execPath, cwd: '/no/such/folder' },
  ]) {
    const running = launchInGroup({ protocol: 'mcp-stdio', args: [], env: {}, ...program })
    const connection = connectProgram(running, () => {})
    assert.equal((await initialize(connection.session)).ok, false)
    assert.match(await connection.ended, /could not be started|closed its output/)
  }
})
