/** Attack card, line 20, through the SDK and the wire. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../../src/base/json.ts'
import { ofKind } from '../../harness/ledger-events.ts'
import { call, inWorld, verdict } from '../../harness/world.ts'

test('20: approving cannot widen what was reviewed', () =>
  inWorld(async (world) => {
    const bob = await world.agent('bob')
    const asking = await world.grant(bob, { selectors: ['tools/send'], ask: true, uses: 1 })
    const held = call(bob, 'tools/send', { n: 1 })
    const [shown] = await world.held()
    assert.ok(shown)
    const approve = { do: 'call.approve', call: shown.call, digest: shown.digest, comment: 'and more' }

    // Nothing can be added to the decision: not rights, not arguments, not time.
    const additions: readonly JsonObject[] = [
      { caveats: { selectors: ['tools/write'] } },
      { arguments: '{"n":2}' },
      { expiresAt: Date.now() * 2 },
      { uses: 10 },
    ]
    for (const addition of additions) {
      const answer = await world.operator.order({ ...approve, ...addition })
      assert.equal(answer.kind === 'refusal' && answer.refusal.code, 'bad-request', JSON.stringify(addition))
    }
    const made = await world.operator.must(approve)
    const answer = await held
    assert.ok(answer.ok && answer.outcome === 'done')

    // It was good for one use of what its parent had: the parent is spent, and the approval is no key.
    assert.equal(verdict(await call(bob, 'tools/send', { n: 1 })), 'exhausted')
    const minted = made['capability'] as number
    assert.equal(verdict(await bob.sdk.call({ selector: 'tools/send', handle: minted })), 'not-held')
    const revoking = await bob.sdk.revoke(minted)
    assert.equal(revoking.ok ? 'ok' : revoking.refusal.code, 'not-held')
    assert.deepEqual(
      (await bob.sdk.capabilities()).map(({ capability, usesLeft }) => [capability, usesLeft]),
      [[asking.capability, 0]],
    )

    // Revoking what the held call was made under kills an approval that nobody has collected yet.
    const other = await world.grant(bob, { selectors: ['tools/write'], ask: true })
    const uncollected = call(bob, 'tools/write', { n: 3 })
    const [second] = await world.held()
    assert.ok(second)
    await world.leave(bob)
    await assert.rejects(uncollected, { name: 'ConnectionLost' })
    await world.operator.must({ ...approve, call: second.call, digest: second.digest })
    await world.operator.must({ do: 'capability.revoke', capability: other.capability })
    bob.sdk = await world.attach(bob.token)
    assert.equal(verdict(await call(bob, 'tools/write', { n: 3 }, world.object)), 'revoked')
    await world.fence()
    assert.deepEqual(world.box.bodies, ['{"n":1}'])

    const events = world.events()
    const asked = ofKind(events, 'call.held').find(({ body }) => body.call === shown.call)
    const admitted = ofKind(events, 'call.admitted').find(({ body }) => body.call === shown.call)
    assert.deepEqual(
      [admitted?.body.selector, admitted?.body.object, admitted?.body.process, admitted?.body.effect],
      [asked?.body.selector, asked?.body.object, asked?.body.process, asked?.body.effect],
    )
    assert.equal(admitted?.authority?.root, asking.capability, 'it descends from what was granted')
    assert.deepEqual(
      ofKind(events, 'call.lapsed').map(({ body }) => [body.call, body.reason]),
      [[second.call, 'revoked']],
    )
  }))
