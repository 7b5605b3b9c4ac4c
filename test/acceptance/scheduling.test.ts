/** Slow drivers, deadlines, frozen processes and timers, over the kernel's real sockets. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../src/base/json.ts'
import { connectWire } from '../../src/wire/client.ts'
import { ledgerEvents, ofKind } from '../harness/ledger-events.ts'
import { RecordingDriver, echo, silence } from '../harness/recording-driver.ts'
import type { Actor } from '../harness/world.ts'
import { World, anyArguments, call, inWorld, until, verdict } from '../harness/world.ts'

const quickDefinitions = [{ selector: 'tools/quick', definition: { name: 'quick' } }]

/** A second driver, which always answers at once. */
async function quickDriver(world: World, ...holders: readonly Actor[]): Promise<number> {
  const object = await world.operator.addDriver('quick', quickDefinitions)
  await new RecordingDriver('quick', quickDefinitions).attach(world.kernel)
  for (const holder of holders) {
    const caveats = { selectors: ['tools/quick'], where: anyArguments }
    await world.operator.must({ do: 'capability.grant', holder: holder.process, object, caveats })
  }
  return object
}

async function order(world: World, what: 'process.freeze' | 'process.thaw', actor: Actor): Promise<void> {
  await world.operator.must({ do: what, process: actor.process })
}

test('a driver that hangs delays its callers and nobody else, and leaves room for the next of them', async () => {
  await inWorld(async (world) => {
    world.box.behaviour = silence
    const [bob, eve] = [await world.agent('bob'), await world.agent('eve')]
    await world.grant(bob)
    await world.grant(eve)
    const quick = await quickDriver(world, bob, eve)
    for (let n = 0; n < 3_000; n++) void call(bob, 'tools/read', { n })
    for (const actor of [bob, eve])
      for (let n = 0; n < 20; n++)
        assert.equal(verdict(await call(actor, 'tools/quick', { n }, quick)), 'done')
    const before = world.box.seen.length
    assert.ok(before < 1_024, 'not even all of its credit is bob’s')
    void call(eve, 'tools/read', { mine: 1 })
    await until(() => (world.box.bodies.includes('{"mine":1}') ? true : null), 'eve’s call to arrive')
  })
})

test('a call that is due before a busy driver takes it is timed out, never dispatched, and costs nothing', async () => {
  await inWorld(async (world) => {
    const slow = new RecordingDriver('slow', quickDefinitions)
    slow.behaviour = silence
    const bob = await world.agent('bob')
    const object = await world.operator.addDriver('slow', quickDefinitions)
    await slow.attach(world.kernel, 1)
    const caveats = { selectors: ['tools/quick'], where: anyArguments, uses: 2 }
    await world.operator.must({ do: 'capability.grant', holder: bob.process, object, caveats })
    void call(bob, 'tools/quick', { first: 1 }, object)
    await until(() => (slow.seen.length === 1 ? true : null), 'the first call to arrive')
    const second = { selector: 'tools/quick', object, deadlineMs: 300, arguments: { second: 2 } }
    assert.equal(verdict(await bob.sdk.call(second)), 'timed-out')
    assert.deepEqual(slow.bodies, ['{"first":1}'])
    const [settled] = ofKind(ledgerEvents(world.home.ledger), 'call.settled')
    assert.equal(settled?.body.released, true)
  })
})

test('a frozen process keeps its connection and what it asked, and nothing of it leaves until the thaw', async () => {
  await inWorld(async (world) => {
    const [bob, eve] = [await world.agent('bob'), await world.agent('eve')]
    const slow = new RecordingDriver('slow', quickDefinitions)
    let release = (): void => {}
    slow.behaviour = async (seen) => {
      if (seen.body === '{"n":1}') await new Promise<void>((resolve) => (release = resolve))
      return echo(seen)
    }
    const object = await world.operator.addDriver('slow', quickDefinitions)
    await slow.attach(world.kernel, 1)
    const caveats = { selectors: ['tools/quick'], where: anyArguments }
    for (const { process } of [bob, eve])
      await world.operator.must({ do: 'capability.grant', holder: process, object, caveats })
    const first = call(bob, 'tools/quick', { n: 1 }, object)
    const second = call(bob, 'tools/quick', { n: 2 }, object)
    await until(() => (slow.seen.length === 1 ? true : null), 'the first call to arrive')
    await order(world, 'process.freeze', bob)
    release()
    assert.equal(verdict(await first), 'done', 'what had left comes back')
    assert.equal(verdict(await call(eve, 'tools/quick', { n: 3 }, object)), 'done', 'others go on')
    assert.equal(verdict(await call(bob, 'tools/quick', { n: 4 }, object)), 'halted')
    assert.deepEqual(slow.bodies, ['{"n":1}', '{"n":3}'])
    await order(world, 'process.thaw', bob)
    assert.equal(verdict(await second), 'done')
    assert.deepEqual(slow.bodies, ['{"n":1}', '{"n":3}', '{"n":2}'])
  })
})

test('a held call of a frozen process stays held, and its decision waits for the thaw', async () => {
  await inWorld(async (world) => {
    const bob = await world.agent('bob')
    await world.grant(bob, { ask: true })
    const asked = call(bob, 'tools/read', { n: 1 })
    const [held] = await world.held()
    await order(world, 'process.freeze', bob)
    assert.equal((await world.approvals()).length, 1)
    await world.operator.must({
      do: 'call.approve',
      call: held?.call ?? 0,
      digest: held?.digest ?? '',
      comment: '',
    })
    const answer = await asked
    assert.equal(verdict(answer), 'halted')
    assert.deepEqual(world.box.bodies, [])
    await order(world, 'process.thaw', bob)
    assert.equal(verdict(await call(bob, 'tools/read', { n: 1 })), 'done')
  })
})

test('a timer is told to whoever is attached when it fires, and to whoever attaches later', async () => {
  await inWorld(async (world) => {
    const bob = await world.agent('bob')
    const wire = await world.wire(bob)
    const set = await wire.request({ op: 'timer.set', delayMs: 3_600_000, note: 'tea' })
    assert.equal(set.kind, 'reply')
    const timer = set.kind === 'reply' ? set.header['timer'] : 0
    wire.close()
    await world.crash(bob)
    await world.shiftClock(3_600_001)
    await until(() => ofKind(ledgerEvents(world.home.ledger), 'timer.fired').at(0) ?? null, 'it to fire')
    const notices: unknown[] = []
    const onNotice = (notice: JsonObject): void => void notices.push(notice)
    const opened = await connectWire(world.home.socket('agent'), { token: bob.token }, { onNotice })
    assert.ok(opened.ok)
    const later = opened.value
    await until(() => (notices.length > 0 ? true : null), 'the notice')
    const [told] = notices as { readonly event: string; readonly timer: number; readonly note: string }[]
    assert.deepEqual([told?.event, told?.timer, told?.note], ['timer', timer, 'tea'])
    assert.equal((await later.request({ op: 'timer.cancel', timer: timer ?? 0 })).kind, 'reply')
    const left = await later.request({ op: 'timers' })
    assert.equal(left.kind === 'reply' && Buffer.from(left.body).toString(), '[]')
    for (const header of [
      { op: 'timer.set' },
      { op: 'timer.set', delayMs: -1 },
      { op: 'timer.set', delayMs: 1, note: 7 },
      { op: 'timer.cancel' },
    ])
      assert.equal((await later.request(header)).kind, 'refusal', JSON.stringify(header))
  })
})
