/** The SDK against a kernel that is only a script: what it sends, and what it makes of the answers. */
import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { JsonObject } from '../base/json.ts'
import { Peer } from '../wire/peer.ts'
import { listen } from '../wire/socket.ts'
import type { Agent } from './index.ts'
import { ConnectionLost, connectAgent } from './index.ts'

type Script = (peer: Peer, correlation: number, header: JsonObject, body: Uint8Array) => void

const held = JSON.stringify([
  {
    handle: 1,
    capability: 5,
    object: 9,
    name: 'files',
    selectors: [{ selector: 'tools/read', effect: 'observe' }],
  },
  { nonsense: true },
])

const offered = JSON.stringify([{ selector: 'tools/read', definition: { name: 'read' } }, { selector: 3 }])

/** Runs `body` with an agent attached to a kernel that answers calls by `script`. */
async function withKernel(
  script: Script,
  body: (agent: Agent, close: () => Promise<void>, socket: string) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'custos-sdk-'))
  chmodSync(folder, 0o700)
  const socket = join(folder, 'agent.sock')
  const listening = await listen(socket, (connection) => {
    const peer: Peer = new Peer({
      side: 'acceptor',
      transport: connection.transport,
      credit: 4,
      handler: {
        onHello(header) {
          if (header['token'] === 'right') peer.welcome({ agent: 2, process: 3, name: 'scout' })
          else peer.goodbye('unknown', 'no agent has this token')
        },
        onRequest(correlation, header, bytes) {
          if (header['op'] === 'capabilities') peer.reply(correlation, {}, Buffer.from(held))
          else if (header['op'] === 'definitions') peer.reply(correlation, {}, Buffer.from(offered))
          else script(peer, correlation, header, bytes)
        },
      },
    })
    connection.start(
      (bytes) => peer.receive(bytes),
      (reason) => peer.transportClosed(reason),
    )
  })
  assert.ok(listening.ok)
  try {
    const agent = await connectAgent({ socket, token: 'right' })
    await body(agent, () => listening.value.close(), socket)
    agent.close()
  } finally {
    await listening.value.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

test('a tool is called by the object id behind its driver’s name, with the arguments written once', async () => {
  const seen: JsonObject[] = []
  const script: Script = (peer, correlation, header, body) => {
    seen.push(header)
    peer.reply(correlation, { seq: 7, call: 1, outcome: 'done' }, body)
  }
  await withKernel(script, async (agent) => {
    assert.deepEqual([agent.name, agent.agent, agent.process], ['scout', 2, 3])
    const answer = await agent.tool('files', 'read')({ path: '/data/x' })
    assert.deepEqual({ ...seen[0] }, { op: 'call', selector: 'tools/read', object: 9 })
    assert.ok(answer.ok)
    assert.deepEqual([answer.outcome, answer.result, answer.seq], ['done', { path: '/data/x' }, 7])
    assert.deepEqual(await agent.definitions('files'), [
      { selector: 'tools/read', definition: { name: 'read' } },
    ])
    assert.deepEqual(await agent.definitions('nothing'), [])
    const raw = await agent.call({
      handle: 1,
      selector: 'tools/read',
      arguments: Buffer.from('{"b":1, "a":2}'),
    })
    assert.ok(raw.ok)
    assert.equal(Buffer.from(raw.resultBytes).toString(), '{"b":1, "a":2}')
  })
})

test('a refusal is an answer, and a name that is not held is refused here', async () => {
  const refusal = { code: 'exhausted', message: 'No uses left.', needed: 'A new grant.', seq: 9 }
  await withKernel(
    (peer, correlation) => peer.refuse(correlation, refusal),
    async (agent) => {
      assert.deepEqual(await agent.call({ handle: 1, selector: 'tools/read' }), { ok: false, refusal })
      assert.deepEqual(await agent.derive(1, { uses: 1 }), { ok: false, refusal })
      const unknown = await agent.tool('nothing', 'read')()
      assert.ok(!unknown.ok && unknown.refusal.code === 'not-held')
    },
  )
})

test('a held call tells its caller and answers when decided', async () => {
  const script: Script = (peer, correlation) => {
    peer.notice(correlation, { event: 'held', call: 4, seq: 8, expiresAt: 99, demands: ['asked'] })
    setImmediate(() => peer.reply(correlation, { seq: 10, call: 4, outcome: 'cancelled', reason: 'revoked' }))
  }
  await withKernel(script, async (agent) => {
    const notices: unknown[] = []
    const answer = await agent.call({
      handle: 1,
      selector: 'tools/read',
      onHeld: (notice) => notices.push(notice),
    })
    assert.deepEqual(notices, [{ call: 4, seq: 8, expiresAt: 99, demands: ['asked'] }])
    assert.ok(answer.ok)
    assert.deepEqual([answer.outcome, answer.reason, answer.result], ['cancelled', 'revoked', null])
  })
})

test('a result that is not JSON is null, with the bytes kept', async () => {
  await withKernel(
    (peer, correlation) =>
      peer.reply(correlation, { seq: 1, call: 1, outcome: 'done' }, Buffer.from('<html>')),
    async (agent) => {
      const answer = await agent.call({ handle: 1, selector: 'tools/read' })
      assert.ok(answer.ok)
      assert.equal(answer.result, null)
      assert.equal(Buffer.from(answer.resultBytes).toString(), '<html>')
    },
  )
})

test('a lost connection is thrown, and says that the call may have happened', async () => {
  const arrived = Promise.withResolvers<void>()
  await withKernel(
    () => arrived.resolve(),
    async (agent, close) => {
      const pending = agent.call({ handle: 1, selector: 'tools/read' })
      void arrived.promise.then(close)
      await assert.rejects(
        pending,
        (problem: unknown) => problem instanceof ConnectionLost && problem.mayHaveHappened,
      )
      await agent.closed
      await assert.rejects(
        agent.call({ handle: 1, selector: 'tools/read' }),
        (problem: unknown) => problem instanceof ConnectionLost && !problem.mayHaveHappened,
      )
    },
  )
})

test('an unknown token, or nobody there, is a lost connection', async () => {
  await withKernel(
    () => undefined,
    async (_agent, close, socket) => {
      await assert.rejects(connectAgent({ socket, token: 'wrong' }), ConnectionLost)
      await close()
      await assert.rejects(connectAgent({ socket, token: 'right' }), ConnectionLost)
    },
  )
})
