/** Attack card, line 17, through the SDK. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ofKind } from '../../harness/ledger-events.ts'
import { call, inWorld, verdict } from '../../harness/world.ts'

test('17: work before the pause happens once', () =>
  inWorld(async (world) => {
    const bob = await world.agent('bob')
    await world.grant(bob, { selectors: ['tools/write'] })
    await world.grant(bob, { selectors: ['tools/send'], ask: true })
    assert.equal(verdict(await call(bob, 'tools/write', { step: 1 })), 'done')
    assert.equal(verdict(await call(bob, 'tools/write', { step: 2 })), 'done')
    const paused = call(bob, 'tools/send', { step: 3 }).catch((error: Error) => error.name)
    const [shown] = await world.held()
    assert.ok(shown)

    // The pause outlives the kernel, the attachment and a second crash; only the paused call is asked again.
    await world.crash()
    assert.equal(await paused, 'ConnectionLost')
    await world.crash(bob)
    assert.deepEqual(
      (await world.held()).map(({ call, digest }) => ({ call, digest })),
      [{ call: shown.call, digest: shown.digest }],
    )
    const resumed = call(bob, 'tools/send', { step: 3 })
    const approve = { do: 'call.approve', call: shown.call, digest: shown.digest, comment: '' }
    await world.operator.must(approve)
    assert.equal(verdict(await resumed), 'done')
    assert.equal(verdict(await call(bob, 'tools/write', { step: 4 })), 'done')
    await world.fence()
    assert.deepEqual(
      world.box.bodies,
      [1, 2, 3, 4].map((step) => `{"step":${step}}`),
      'each step once, in order',
    )
    const mine = ofKind(world.events(), 'call.admitted').filter(({ body }) => body.process === bob.process)
    assert.equal(mine.length, 4)
    assert.equal(ofKind(world.events(), 'call.held').length, 1, 'asked once')
  }))
