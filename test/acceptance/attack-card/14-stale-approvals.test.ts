/** Attack card, line 14, through the SDK and the wire. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ofKind } from '../../harness/ledger-events.ts'
import { call, inWorld, until, verdict } from '../../harness/world.ts'

const hourMs = 3_600_000

test('14: a stale approval never applies to a newer call', () =>
  inWorld(async (world) => {
    const bob = await world.agent('bob')
    await world.grant(bob, { selectors: ['tools/send'], ask: true })
    const first = call(bob, 'tools/send', { n: 1 })
    const [old] = await world.held()
    assert.ok(old)
    const approve = { do: 'call.approve', call: old.call, digest: old.digest, comment: '' }

    // It lapses. The very same arguments again are another call.
    await world.shiftClock(hourMs + 1000)
    assert.equal(verdict(await first), 'approval-expired')
    const second = call(bob, 'tools/send', { n: 1 })
    const [young] = await world.held()
    assert.ok(young && young.call !== old.call && young.digest !== old.digest)
    const order = async (command: typeof approve, time = world.now()) => {
      const answer = await world.operator.order(command, { time })
      return answer.kind === 'refusal' ? answer.refusal.code : answer.kind
    }
    assert.equal(await order(approve), 'not-found', 'the old decision, signed now')
    assert.equal(await order({ ...approve, call: young.call }), 'version-mismatch', 'under the new number')
    assert.equal(
      await order({ ...approve, call: young.call, digest: young.digest }, world.now() - hourMs),
      'order-stale',
      'a decision signed an hour ago',
    )
    assert.equal(
      await order({ ...approve, call: young.call, digest: young.digest }, world.now() + hourMs),
      'order-stale',
    )

    // Approved, but not collected in time: the approval goes with its call.
    await world.leave(bob)
    await assert.rejects(second, { name: 'ConnectionLost' })
    assert.equal(await order({ ...approve, call: young.call, digest: young.digest }), 'reply')
    await world.shiftClock(hourMs + 1000)
    const isLapsed = () => ofKind(world.events(), 'call.lapsed').length === 2 || null
    await until(isLapsed, 'the uncollected approval to lapse')
    bob.sdk = await world.attach(bob.token)
    const third = call(bob, 'tools/send', { n: 1 })
    const [newest] = await world.held()
    assert.ok(newest && newest.call > young.call)
    await world.operator.order(
      { do: 'call.deny', call: newest.call, digest: newest.digest, comment: '' },
      { time: world.now() },
    )
    assert.equal(verdict(await third), 'approval-denied')
    assert.deepEqual(world.box.seen, [], 'nothing ever ran')

    const events = world.events()
    assert.deepEqual(
      ofKind(events, 'call.lapsed').map(({ body }) => [body.call, body.reason]),
      [
        [old.call, 'expired'],
        [young.call, 'expired'],
      ],
    )
    assert.deepEqual(ofKind(events, 'call.admitted'), [])
  }))
