/** Attack card, line 10, through the SDK and the wire. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ofKind } from '../../harness/ledger-events.ts'
import { call, inWorld, verdict } from '../../harness/world.ts'

test('10: a restart revives nothing revoked or used up', () =>
  inWorld(async (world) => {
    const bob = await world.agent('bob')
    const gone = await world.grant(bob, { selectors: ['tools/read'] })
    const counted = await world.grant(bob, { selectors: ['tools/write'], uses: 2 })
    const slow = await world.grant(bob, { selectors: ['tools/send'], rate: { count: 1, perMs: 600_000 } })
    const brief = await world.grant(bob, { expiresAt: Date.now() + 30_000 })
    const use = (handle: number, selector: string) => bob.sdk.call({ selector, handle })
    assert.equal(verdict(await use(counted.handle, 'tools/write')), 'done')
    assert.equal(verdict(await use(counted.handle, 'tools/write')), 'done')
    assert.equal(verdict(await use(slow.handle, 'tools/send')), 'done')
    assert.equal(verdict(await use(brief.handle, 'tools/read')), 'done')
    await world.operator.must({ do: 'capability.revoke', capability: gone.capability })
    await world.shiftClock(31_000)
    const seen = world.box.seen.length

    const refused = async () => [
      verdict(await use(gone.handle, 'tools/read')),
      verdict(await use(counted.handle, 'tools/write')),
      verdict(await use(slow.handle, 'tools/send')),
      verdict(await use(brief.handle, 'tools/read')),
      verdict(await call(bob, 'tools/read', {}, world.object)),
    ]
    const expected = ['revoked', 'exhausted', 'rate-limited', 'expired', 'revoked']
    assert.deepEqual(await refused(), expected)
    await world.crash(bob)
    assert.deepEqual(await refused(), expected, 'after SIGKILL')
    await world.kernel.stop()
    await world.start()
    await world.reattach(bob)
    assert.deepEqual(await refused(), expected, 'after an orderly stop')
    assert.equal(world.box.seen.length, seen, 'the driver saw nothing more')
    const codes = ofKind(world.events(), 'syscall.refused').map(({ body }) => body.code)
    assert.deepEqual(codes, [...expected, ...expected, ...expected])
    assert.equal(ofKind(world.events(), 'kernel.booted').length, 3)
  }))
