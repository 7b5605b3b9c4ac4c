/** Attack card, line 7, through the SDK. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ofKind } from '../../harness/ledger-events.ts'
import type { Actor, World } from '../../harness/world.ts'
import { call, inWorld, verdict } from '../../harness/world.ts'

/** root → ann → bob → cat, each a capability of another process. */
async function chain(world: World) {
  const actors = [await world.agent('ann'), await world.agent('bob'), await world.agent('cat')] as const
  const [ann, bob, cat] = actors
  const root = await world.grant(ann)
  await mayReceive(world, ann, bob)
  await mayReceive(world, bob, cat)
  const second = await ann.sdk.derive(root.handle, { selectors: ['tools/read', 'tools/write'] }, bob.process)
  assert.ok(second.ok, JSON.stringify(second))
  const third = await bob.sdk.derive(second.value.handle, { selectors: ['tools/read'] }, cat.process)
  assert.ok(third.ok, JSON.stringify(third))
  assert.equal(verdict(await call(cat, 'tools/read', { alive: 1 })), 'done')
  return { ann, bob, cat, root, second: second.value, third: third.value }
}

async function mayReceive(world: World, giver: Actor, receiver: Actor): Promise<void> {
  const caveats = { selectors: ['capability/receive'], where: {} }
  await world.grant(giver, caveats, receiver.process)
}

test('7: a revocation cascades through a middle holder that is offline, crashed or unregistered', async (t) => {
  await t.test('offline, and after the kernel crashed as well', () =>
    inWorld(async (world) => {
      const { bob, cat, root } = await chain(world)
      await world.leave(bob)
      const revoked = await world.operator.must({ do: 'capability.revoke', capability: root.capability })
      assert.equal(verdict(await call(cat, 'tools/read', {})), 'revoked')
      await world.crash(cat)
      assert.equal(verdict(await call(cat, 'tools/read', {}, world.object)), 'revoked')
      await world.fence()
      assert.deepEqual(world.box.bodies, ['{"alive":1}'])
      const since = world.events(revoked['seq'] as number)
      assert.deepEqual(
        ofKind(since, 'capability.revoked').map(({ body }) => body.capability),
        [root.capability],
        'one mark is enough',
      )
      assert.equal(ofKind(since, 'syscall.refused').length, 2)
    }),
  )
  await t.test('revoked by a holder above, while the one in the middle is gone', () =>
    inWorld(async (world) => {
      const { ann, bob, cat, second } = await chain(world)
      await world.leave(bob)
      const revoked = await ann.sdk.revoke(second.capability)
      assert.ok(revoked.ok)
      assert.equal(verdict(await call(cat, 'tools/read', {})), 'revoked')
      assert.equal(verdict(await call(ann, 'tools/read', { own: 1 })), 'done', 'the giver keeps its own')
      await world.fence()
      assert.deepEqual(world.box.bodies, ['{"alive":1}', '{"own":1}'])
    }),
  )
  await t.test('unregistered', () =>
    inWorld(async (world) => {
      const { bob, cat } = await chain(world)
      const removed = await world.operator.must({ do: 'agent.remove', agent: bob.agent })
      assert.equal(verdict(await call(cat, 'tools/read', {})), 'revoked')
      await world.crash(cat)
      assert.equal(verdict(await call(cat, 'tools/read', {}, world.object)), 'revoked')
      await world.fence()
      assert.deepEqual(world.box.bodies, ['{"alive":1}'])
      const refused = ofKind(world.events(removed['seq'] as number), 'syscall.refused')
      assert.deepEqual(
        refused.map(({ body }) => [body.process, body.code]),
        [
          [cat.process, 'revoked'],
          [cat.process, 'revoked'],
        ],
      )
    }),
  )
})
