/** Agents at one gateway: only a token that the kernel took is worth a place. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import type { Socket } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { connectionOf } from '../../wire/connection.ts'
import { Peer } from '../../wire/peer.ts'
import { AgentPool } from './agent-pool.ts'

/** A kernel that takes the tokens that begin with `good`. */
async function agentSocket(t: TestContext): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'pool-'))
  const path = join(folder, 'agent.sock')
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    const connection = connectionOf(socket)
    const peer: Peer = new Peer({
      side: 'acceptor',
      transport: connection.transport,
      credit: 16,
      handler: {
        onHello: ({ token }) =>
          typeof token === 'string' && token.startsWith('good')
            ? peer.welcome({ agent: 1, process: 2, name: 'a' })
            : peer.goodbye('refused', 'the token is not that of an agent'),
      },
    })
    connection.start(
      (bytes) => peer.receive(bytes),
      (reason) => peer.transportClosed(reason),
    )
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return path
}

async function onlyMain(t: TestContext): Promise<(domain: string) => string> {
  const path = await agentSocket(t)
  return (domain) => (domain === 'absent' ? `${path}.absent` : path)
}

test('who brings no token of a domain cannot tell whether there is such a domain', async (t) => {
  const pool = new AgentPool(await onlyMain(t), () => {})
  const there = await pool.open('bad-token', 'other')
  const nowhere = await pool.open('bad-token', 'absent')
  assert.ok(!there.ok)
  assert.deepEqual(nowhere, there)
})

test('a token is another agent in another domain', async (t) => {
  const pool = new AgentPool(await onlyMain(t), () => {})
  const [main, other] = [await pool.open('good'), await pool.open('good', 'other')]
  assert.ok(main.ok && other.ok)
  assert.notEqual(main.value.digest, other.value.digest)
  assert.notEqual(main.value.agent, other.value.agent)
  for (const { value } of [main, other]) value.release()
  pool.sweep(Date.now() + 3_600_000)
})

test('tokens that are nobody’s put no agent out, however many are brought', async (t) => {
  const gone: string[] = []
  const pool = new AgentPool(await onlyMain(t), (digest) => void gone.push(digest))
  for (let n = 0; n < 256; n += 1) {
    const lease = await pool.open(`good-${n}`)
    assert.ok(lease.ok)
    lease.value.release()
  }
  const bad = await Promise.all(Array.from({ length: 300 }, (_, n) => pool.open(`bad-${n}`)))
  assert.ok(bad.every(({ ok }) => !ok))
  assert.deepEqual(gone, [])
  const one = await pool.open('good-one-more')
  assert.ok(one.ok)
  assert.equal(gone.length, 1, 'for an agent that there is, the one that was idle for longest makes way')
  pool.sweep(Date.now() + 3_600_000)
  one.value.release()
  pool.sweep(Date.now() + 3_600_000)
  assert.equal(gone.length, 257)
})

test('several requests with one new token share its attachment', async (t) => {
  const pool = new AgentPool(await onlyMain(t), () => {})
  const leases = await Promise.all([1, 2, 3].map(() => pool.open('good')))
  const [first] = leases
  assert.ok(first?.ok === true)
  for (const lease of leases) assert.ok(lease.ok && lease.value.agent === first.value.agent)
  pool.sweep(Date.now() + 3_600_000)
  for (const lease of leases) if (lease.ok) lease.value.release()
  pool.sweep(Date.now() + 3_600_000)
})
