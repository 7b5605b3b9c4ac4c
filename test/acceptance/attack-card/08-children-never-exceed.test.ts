/** Attack card, line 8, through the SDK. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../../src/base/json.ts'
import { ofKind } from '../../harness/ledger-events.ts'
import { anyArguments, call, inWorld, verdict } from '../../harness/world.ts'

const within = { '*': { arguments: { path: { constraint: { within: '/data' } } } } } as const

test('8: a revoked, expired or exhausted parent cannot derive; a child’s rights, expiry, uses and budget never exceed its parent’s', () =>
  inWorld(async (world) => {
    const bob = await world.agent('bob')
    const expiresAt = Date.now() + 60_000
    const granted = await world.grant(bob, {
      selectors: ['tools/read'],
      where: within,
      expiresAt,
      uses: 3,
      rate: { count: 100, perMs: 1000 },
      badge: 'b',
    })
    const derive = async (caveats: JsonObject) => {
      const answer = await bob.sdk.derive(granted.handle, caveats)
      return answer.ok ? 'derived' : answer.refusal.code
    }
    const tooBroad: readonly JsonObject[] = [
      { selectors: ['tools/read', 'tools/write'] },
      { where: anyArguments },
      { where: { '*': { arguments: { path: { constraint: { within: '/' } } } } } },
      { where: { '*': { arguments: { path: { constraint: { within: '/data2' } } } } } },
      { where: { '*': { arguments: { path: { constraint: { prefix: '/dat' } } } } } },
      { where: { '*': { arguments: { path: { constraint: { any: true } } } } } },
      { where: { '*': { arguments: { path: { constraint: { within: '/data' }, optional: true } } } } },
      { where: { '*': { arguments: { mode: { constraint: { any: true } } } } } },
      { expiresAt: expiresAt + 1 },
      { uses: 4 },
      { rate: { count: 101, perMs: 1000 } },
      { rate: { count: 100, perMs: 999 } },
      { badge: 'c' },
    ]
    for (const caveats of tooBroad) assert.equal(await derive(caveats), 'too-broad', JSON.stringify(caveats))
    const child = await bob.sdk.derive(granted.handle, { uses: 2 })
    assert.ok(child.ok)

    // What a child uses its parent has used: two and one make three.
    const use = (handle: number) =>
      bob.sdk.call({ selector: 'tools/read', handle, arguments: { path: '/data/a' } })
    assert.equal(verdict(await use(child.value.handle)), 'done')
    assert.equal(await derive({ uses: 3 }), 'too-broad', 'only two are left')
    assert.equal(verdict(await use(child.value.handle)), 'done')
    assert.equal(verdict(await use(child.value.handle)), 'exhausted')
    assert.equal(verdict(await use(granted.handle)), 'done')
    assert.equal(verdict(await use(granted.handle)), 'exhausted')
    assert.equal(await derive({}), 'exhausted', 'an exhausted parent cannot derive')
    assert.equal(await derive({ uses: 1 }), 'exhausted')

    const short = await world.grant(bob, { expiresAt })
    await world.shiftClock(120_000)
    const late = await bob.sdk.derive(short.handle, {})
    assert.equal(late.ok ? 'ok' : late.refusal.code, 'expired', 'an expired parent cannot derive')
    const fixed = await world.operator.order(
      {
        do: 'capability.grant',
        holder: bob.process,
        object: world.object,
        caveats: { selectors: ['tools/read'], where: anyArguments },
      },
      { time: world.now() },
    )
    assert.equal(fixed.kind, 'reply')
    const made = (fixed.kind === 'reply' ? fixed.header : {}) as { capability: number; handle: number }
    await world.operator.order(
      { do: 'capability.revoke', capability: made.capability },
      { time: world.now() },
    )
    const dead = await bob.sdk.derive(made.handle, {})
    assert.equal(dead.ok ? 'ok' : dead.refusal.code, 'revoked', 'a revoked parent cannot derive')

    assert.equal(world.box.seen.length, 3)
    const events = world.events()
    assert.equal(ofKind(events, 'capability.derived').length, 1, 'nothing too broad is in the tree')
    const codes = ofKind(events, 'syscall.refused').map(({ body }) => body.code)
    assert.equal(codes.filter((code) => code === 'too-broad').length, tooBroad.length + 1)
    assert.equal(verdict(await call(bob, 'tools/write', {}, world.object)), 'expired')
  }))
