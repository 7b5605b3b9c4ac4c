/** Attack card, line 11, through the SDK. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ofKind } from '../../harness/ledger-events.ts'
import { anyArguments, call, inWorld, verdict } from '../../harness/world.ts'

test('11: arguments changed after approval are refused', () =>
  inWorld(async (world) => {
    const bob = await world.agent('bob')
    const where = { 'tools/send': { arguments: { to: { constraint: { in: ['ann', 'eve'] } } } } }
    const asking = await world.grant(bob, { selectors: ['tools/send'], where, ask: true })

    // The requester goes away, so that the approval waits for an identical call.
    const gone = call(bob, 'tools/send', { to: 'ann' })
    const [shown] = await world.held()
    assert.ok(shown)
    await world.leave(bob)
    await assert.rejects(gone, { name: 'ConnectionLost' })
    const approved = await world.operator.must({
      do: 'call.approve',
      call: shown.call,
      digest: shown.digest,
      comment: 'ann may',
    })
    bob.sdk = await world.attach(bob.token)

    const changed = call(bob, 'tools/send', { to: 'eve' })
    const spaced = call(bob, 'tools/send', Buffer.from('{"to": "ann"}'))
    const [eve, space] = await world.held(2)
    assert.ok(eve && space)
    assert.deepEqual(
      [eve.arguments, space.arguments],
      ['{"to":"eve"}', '{"to": "ann"}'],
      'each needs its own approval',
    )
    assert.equal(verdict(await call(bob, 'tools/send', { to: 'ann', cc: 'eve' })), 'argument-refused')
    assert.equal(verdict(await call(bob, 'tools/write', { to: 'ann' })), 'selector-not-granted')
    await world.fence()
    assert.deepEqual(world.box.seen, [], 'the approval of one call lets no other through')

    // The approval itself cannot be pointed at: not as a handle, not as an object, not to derive from.
    const minted = approved['capability'] as number
    for (const handle of [minted, asking.handle + 1]) {
      const answer = await bob.sdk.call({ selector: 'tools/send', handle, arguments: { to: 'eve' } })
      assert.equal(verdict(answer), 'not-held')
      const derived = await bob.sdk.derive(handle, { where: anyArguments })
      assert.equal(derived.ok ? 'ok' : derived.refusal.code, 'not-held')
    }
    assert.equal(verdict(await call(bob, 'tools/send', { to: 'ann' })), 'done', 'the very same call collects')
    await world.fence()
    assert.deepEqual(world.box.bodies, ['{"to":"ann"}'])

    for (const { call, digest } of [eve, space]) {
      await world.operator.must({ do: 'call.deny', call, digest, comment: '' })
    }
    assert.deepEqual([verdict(await changed), verdict(await spaced)], ['approval-denied', 'approval-denied'])
    const events = world.events()
    assert.equal(ofKind(events, 'call.held').length, 3)
    assert.deepEqual(
      ofKind(events, 'call.admitted').flatMap(({ body }) =>
        body.process === bob.process ? [body.call] : [],
      ),
      [shown.call],
    )
  }))
