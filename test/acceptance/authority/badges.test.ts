/** A badge tells a driver its clients apart: nobody loses it, and nobody changes it. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { AuthorityWorld, call, endOf, idOf } from './authority-world.ts'

let world: AuthorityWorld

before(async () => {
  world = await AuthorityWorld.open()
})
after(() => world.close())

test('what is derived carries the badge of what it was derived from, and cannot have another', async () => {
  const bob = await world.agent('bob')
  await world.grant(bob, ['tools/read'], { badge: 'red' })
  const derive = (caveats: string) => bob.wire.request({ op: 'derive', handle: 1 }, Buffer.from(caveats))
  assert.equal(endOf(await derive('{"badge":"blue"}')), 'too-broad')
  const handle = idOf(await derive('{"uses":1}'), 'handle')
  assert.equal(endOf(await call(bob, 'tools/read', handle, { n: 1 })), 'done')
  assert.equal(world.reached.at(-1)?.['badge'], 'red')
  bob.wire.close()
})

test('a call that was approved carries the badge of the capability that it was held under', async () => {
  const eve = await world.agent('eve')
  await world.grant(eve, ['tools/read'], { badge: 'green', ask: true })
  const asked = call(eve, 'tools/read', 1, { n: 2 })
  const [held] = await world.pending()
  const decision = { call: held?.call ?? 0, digest: held?.digest ?? '', comment: '' }
  await world.operator.must({ do: 'call.approve', ...decision })
  assert.equal(endOf(await asked), 'done')
  assert.equal(world.reached.at(-1)?.['badge'], 'green')
  eve.wire.close()
})
