import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { MetServer } from '../../test/harness/met-server.ts'
import { textOf, withServer } from '../../test/harness/met-server.ts'
import type { ReverseSelector, StdioProgram } from '../kernel/manifest.ts'
import { maxResultBytes } from './mcp/call-answer.ts'
import { meetServer } from './mcp/meet-server.ts'
import type { CallAnswer, SessionOwner } from './mcp/session.ts'
import { launchInGroup } from './program.ts'

const folder = fileURLToPath(new URL('../../test/hostile/drivers/', import.meta.url))

function program(name: string, client?: readonly ReverseSelector[]): StdioProgram {
  const args = [`${folder}${name}.mjs`]
  const base = { protocol: 'mcp-stdio', command: process.execPath, args, cwd: folder, env: {} } as const
  return client === undefined ? base : { ...base, client }
}

/** Meets a hostile server and gets to know it. */
function against(name: string, meet: (server: MetServer) => Promise<void>): Promise<void> {
  return withServer(program(name), async (server) => {
    assert.ok((await server.session.definitions()).ok)
    await meet(server)
  })
}

function act(server: MetServer, args = '{}'): Promise<CallAnswer> {
  return server.call('tools/act', args).answer
}

test('a program that dies in a call loses it and ends the session', () =>
  against('crash', async (server) => {
    assert.equal((await act(server)).outcome, 'lost')
    assert.match(await server.meeting.over, /exited with 7|closed its output/)
  }))

test('a program that hangs can be cancelled and killed', () =>
  against('hang', async (server) => {
    const call = server.call('tools/act')
    call.cancel()
    assert.equal((await call.answer).outcome, 'failed')
    const lost = act(server)
    server.meeting.close('enough')
    assert.equal((await lost).outcome, 'lost')
    assert.equal(await server.started[0]?.exited, 'died of SIGKILL')
  }))

test('a second answer changes nothing', () =>
  against('answer-twice', async (server) => {
    assert.equal(textOf(await act(server)), 'first')
    assert.equal(textOf(await act(server)), 'first')
    assert.ok(server.meeting.violations() >= 1)
  }))

for (const name of ['unknown-ids', 'garbage']) {
  test(`a few lines of ${name} are counted, many end the session`, () =>
    against(name, async (server) => {
      assert.equal(textOf(await act(server, '{"count":50}')), 'honest')
      assert.equal(server.meeting.violations(), 50)
      assert.equal((await act(server, '{"count":51}')).outcome, 'lost')
      assert.match(await server.meeting.over, /too often/)
    }))
}

test('a flood of notifications does not keep answers from arriving', () =>
  against('flood', async (server) => {
    assert.equal(textOf(await act(server)), 'still here')
    assert.equal(textOf(await act(server)), 'still here')
  }))

test('a result of a megabyte fails, one that fits arrives, and a line without end ends the session', () =>
  against('long-line', async (server) => {
    assert.equal(textOf(await act(server, '{"bytes":900000}')).length, 900_000)
    assert.equal((await act(server, `{"bytes":${maxResultBytes}}`)).outcome, 'failed')
    assert.equal((await act(server, '{"bytes":0}')).outcome, 'lost')
    assert.match(await server.meeting.over, /line longer/)
  }))

test('bytes that are not UTF-8 are no answer', () =>
  against('bad-utf8', async (server) => {
    assert.equal(textOf(await act(server)), 'proper')
    assert.equal(server.meeting.violations(), 1)
  }))

test('a program that asks for roots, sampling and elicitation gets none of them', () =>
  against('nosy', async (server) => {
    const call = server.call('tools/act')
    const answers = JSON.parse(textOf(await call.answer)) as { id: string; error?: { code: number } }[]
    const refused = answers.filter(({ error }) => error?.code === -32601).map(({ id }) => id)
    assert.deepEqual(refused.sort(), ['e', 'r', 's'])
    assert.deepEqual(call.asked, [], 'the kernel is not even asked')
  }))

test('the program sees exactly the bytes of the arguments', () =>
  against('echo', async (server) => {
    const args = '{ "z" : 1.0, "a":"\\u00e9é", "n": 1e2 }'
    const answer = await server.call('tools/echo', args).answer
    const line = Buffer.from(textOf(answer), 'base64').toString()
    assert.ok(line.includes(`"arguments":${args}}`), line)
  }))

test('a program that cannot be started is not met', async () => {
  for (const place of [
    { command: '/no/such/program', cwd: '/' },
    { command: process.execPath, cwd: '/no/such/folder' },
  ]) {
    const met = await meetServer({ ...program('echo'), ...place }, { launch: launchInGroup, owner, signal })
    assert.ok(!met.ok)
    assert.match(met.error, /could not be started|closed its output/)
  }
})

const { signal } = new AbortController()
const owner: SessionOwner = {
  definitionsChanged() {},
  resourceUpdated() {},
  resourcesChanged() {},
  ask: () => Promise.reject(new Error('nobody asks')),
}
