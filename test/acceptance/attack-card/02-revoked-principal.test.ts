/** Attack card, line 2, through the SDK and the wire. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ofKind } from '../../harness/ledger-events.ts'
import { anyArguments, call, inWorld, verdict } from '../../harness/world.ts'

test('2: after its principal’s authority is revoked, its next action is refused, and every later one, through every surface it ever used', () =>
  inWorld(async (world) => {
    const bob = await world.agent('bob')
    const granted = await world.grant(bob)
    const derived = await bob.sdk.derive(granted.handle, { selectors: ['tools/read'], where: anyArguments })
    assert.ok(derived.ok)
    const wire = await world.wire(bob)
    const by = (designation: { handle: number } | { object: number }) =>
      wire.request({ op: 'call', selector: 'tools/read', ...designation }, Buffer.from('{}'))
    assert.equal((await by({ handle: granted.handle })).kind, 'reply')
    assert.equal((await by({ handle: derived.value.handle })).kind, 'reply')
    await world.fence()
    const seen = world.box.seen.length

    const revoked = await world.operator.must({ do: 'capability.revoke', capability: granted.capability })
    const refusals = async () => {
      const answers = [
        await by({ handle: granted.handle }),
        await by({ handle: derived.value.handle }),
        await by({ object: world.object }),
      ]
      return answers.map((answer) => (answer.kind === 'refusal' ? answer.refusal.code : answer.kind))
    }
    assert.deepEqual(await refusals(), ['revoked', 'revoked', 'revoked'])
    assert.deepEqual(await bob.sdk.capabilities(), [], 'it holds nothing that lives')
    const later = await bob.sdk.derive(derived.value.handle, {})
    assert.equal(later.ok ? 'ok' : later.refusal.code, 'revoked')

    await world.crash(bob)
    const answer = await bob.sdk.call({ selector: 'tools/read', handle: derived.value.handle })
    assert.equal(verdict(answer), 'revoked', 'after a restart, on a new attachment')
    assert.equal(verdict(await call(bob, 'tools/read', {}, world.object)), 'revoked')
    await world.fence()
    assert.equal(world.box.seen.length, seen, 'the driver saw nothing more')

    const since = world.events(revoked['seq'] as number)
    assert.deepEqual(
      ofKind(since, 'syscall.refused').map(({ body }) => body.code),
      Array.from({ length: 6 }, () => 'revoked'),
      'every attempt is recorded',
    )
    assert.deepEqual(
      ofKind(since, 'call.admitted').filter(({ body }) => body.process === bob.process),
      [],
    )
  }))
