/** Attack card, line 15, through the SDK. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ofKind } from '../../harness/ledger-events.ts'
import { call, inWorld, verdict } from '../../harness/world.ts'

test('15: what was declined never runs, even if the policy that asked is gone on resume', () =>
  inWorld(async (world) => {
    const bob = await world.agent('bob')
    const asking = await world.grant(bob, { selectors: ['tools/send'], ask: true })
    const heard = call(bob, 'tools/send', { n: 1 })
    const [first] = await world.held()
    assert.ok(first)
    const decline = (shown: typeof first) =>
      world.operator.must({ do: 'call.deny', call: shown.call, digest: shown.digest, comment: 'not today' })
    await decline(first)
    const answer = await heard
    assert.equal(verdict(answer), 'approval-denied')
    assert.match(answer.ok ? '' : answer.refusal.message, /not today/, 'the comment travels')

    // Declined while the requester is gone. Then what asked disappears, and the kernel restarts.
    const unheard = call(bob, 'tools/send', { n: 2 })
    const [second] = await world.held()
    assert.ok(second)
    await world.leave(bob)
    await assert.rejects(unheard, { name: 'ConnectionLost' })
    await decline(second)
    await world.operator.must({ do: 'capability.revoke', capability: asking.capability })
    await world.grant(bob, { selectors: ['tools/send'] })
    await world.crash(bob)
    const resumed = await call(bob, 'tools/send', { n: 2 })
    assert.equal(verdict(resumed), 'approval-denied', 'the retry hears the decision, and nothing runs')
    assert.match(resumed.ok ? '' : resumed.refusal.message, /not today/)
    await world.fence()
    assert.deepEqual(world.box.seen, [])

    const events = world.events()
    assert.deepEqual(
      ofKind(events, 'call.denied').map(({ body }) => [body.call, body.collected]),
      [
        [first.call, true],
        [second.call, false],
      ],
    )
    const collected = ofKind(events, 'syscall.refused').find(({ body }) => body.collects !== 0)
    assert.equal(collected?.body.collects, second.call)
    const declined = new Set([first.call, second.call])
    assert.ok(!ofKind(events, 'call.admitted').some(({ body }) => declined.has(body.call)))
  }))
