/** A short version of the attack on the sockets, and the two ways in which an agent once could fill the kernel. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { World } from '../harness/world.ts'
import { call, inWorld, verdict } from '../harness/world.ts'
import { runFrames } from './frames/campaign.ts'
import { frameBytes } from './frames/frame-bytes.ts'

test('thousands of hostile frames have no effect without authority, and the others are served', async () => {
  const report = await runFrames({ frames: 4_000, seed: 7 })
  assert.deepEqual(report.violations, [])
  assert.equal(report.effectsWithoutAuthority, 0)
  assert.equal(report.kernelCrashes, 0)
  assert.ok(report.frames >= 4_000 && report.effects > 0 && report.bystanderCalls > 0)
  assert.ok(report.questions > 0, 'the bad driver asked')
})

test('a view of many long chains is refused as too large, and asking for it thousands of times is cheap', () =>
  inWorld(async (world) => {
    const greedy = await world.agent('greedy')
    const modest = await world.agent('modest')
    for (const actor of [greedy, modest]) await world.grant(actor, { selectors: ['tools/read'] })
    const wire = await world.wire(greedy)
    const few = wire.request({ op: 'capabilities' })
    const names = Array.from({ length: 7 }, (_, n) => `/data/${n}`.padEnd(1_000, 'x'))
    const terms = { arguments: { path: { constraint: { in: names } } } }
    const caveats = Buffer.from(JSON.stringify({ where: { 'tools/read': terms } }))
    let handle = 1
    for (let depth = 1; depth <= 200; depth++) {
      const made = await wire.request({ op: 'derive', handle }, caveats)
      assert.ok(made.kind === 'reply', JSON.stringify(made))
      if (depth < 60) handle = made.header['handle'] as number
    }
    const asked = Array.from({ length: 4_000 }, () => wire.request({ op: 'capabilities' }))
    assert.equal(verdict(await call(modest, 'tools/read', {}, world.object)), 'done')
    for (const answer of await Promise.all(asked))
      assert.equal(answer.kind === 'refusal' && answer.refusal.code, 'limit')
    assert.equal((await few).kind, 'reply')
    assert.ok(residentMiB(world) < 300, `${residentMiB(world)} MiB`)
  }))

test('strangers who send long greetings and never finish do not fill the kernel', () =>
  inWorld(async (world) => {
    const citizen = await world.agent('citizen')
    await world.grant(citizen)
    const long = frameBytes({ kind: 'hello', header: { protocol: 1 }, body: Buffer.alloc(900_000) })
    const strangers = Array.from({ length: 400 }, () => stranger(world, long.subarray(0, 899_000)))
    await pause(500)
    assert.equal(verdict(await call(citizen, 'tools/read', {}, world.object)), 'done')
    assert.ok(residentMiB(world) < 350, `${residentMiB(world)} MiB`)
    for (const socket of strangers) socket.destroy()
  }))

function stranger(world: World, bytes: Uint8Array): Socket {
  const socket = createConnection(world.home.socket('agent'))
  socket.on('error', () => undefined)
  socket.write(bytes)
  return socket
}

function residentMiB(world: World): number {
  const status = readFileSync(`/proc/${world.kernel.child.pid}/status`, 'utf8')
  return Math.round(Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024)
}
