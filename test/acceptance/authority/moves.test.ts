/** Attacks by moving, and on what is narrowed while it is used. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Served } from '../../../src/wire/client.ts'
import { ofKind } from '../../harness/ledger-events.ts'
import { AuthorityWorld, call, done, endOf, idOf, until } from './authority-world.ts'

let world: AuthorityWorld

before(async () => {
  world = await AuthorityWorld.open()
})
after(() => world.close())

test('nobody moves what is not theirs, to whom they may not give, or what must stay', async () => {
  const [bob, eve] = [await world.agent('bob'), await world.agent('eve')]
  await world.grant(bob, ['tools/read'])
  const stays = await world.grant(bob, ['tools/read'], { derivable: false })
  const move = (handle: number, holder: number) => bob.wire.request({ op: 'move', handle, holder })
  assert.equal(endOf(await move(1, eve.process)), 'not-entitled')
  await world.introduce(bob, eve)
  assert.equal(endOf(await move(9, eve.process)), 'not-held')
  assert.equal(endOf(await move(2, eve.process)), 'not-derivable', `c${stays}`)
  assert.equal(endOf(await bob.wire.request({ op: 'move', handle: 1 })), 'bad-request')
  assert.equal(endOf(await move(1, world.driver)), 'not-entitled')
  assert.equal(endOf(await move(1, eve.process)), 'done')
  assert.equal(endOf(await call(bob, 'tools/read', 1)), 'not-held')
  assert.equal(endOf(await call(eve, 'tools/read', 1)), 'done')
  await until(() => eve.notices.some(({ event }) => event === 'changed'))
  bob.wire.close()
  eve.wire.close()
})

test('moving away does not escape the revocation of what is above, in flight or not', async () => {
  const [cal, dan] = [await world.agent('cal'), await world.agent('dan')]
  const root = await world.grant(cal, ['tools/read'])
  await world.introduce(cal, dan)
  const derived = idOf(await cal.wire.request({ op: 'derive', handle: 1 }, Buffer.from('{}')), 'handle')
  await cal.wire.request({ op: 'move', handle: derived, holder: dan.process })
  const waiting: ((served: Served) => void)[] = []
  world.serve = () => new Promise((resolve) => void waiting.push(resolve))
  const before_ = world.reached.length
  const asked = call(dan, 'tools/read', 1, { n: 1 })
  await until(() => world.reached.length > before_)
  await world.operator.must({ do: 'capability.revoke', capability: root })
  assert.equal(endOf(await asked), 'cancelled')
  for (const resolve of waiting) resolve(done)
  world.serve = () => Promise.resolve(done)
  assert.equal(endOf(await call(dan, 'tools/read', 1, { n: 2 })), 'revoked')
  assert.equal(world.reached.length, before_ + 1)
  cal.wire.close()
  dan.wire.close()
})

test('a narrowing cuts what it no longer allows, tells the driver, and leaves the rest in flight', async () => {
  const ann = await world.agent('ann')
  const capability = await world.grant(ann, ['tools/read'])
  const answers: (() => void)[] = []
  const withdrawn: number[] = []
  world.serve = ({ header, signal }) =>
    new Promise((resolve) => {
      answers.push(() => resolve(done))
      signal.addEventListener('abort', () => withdrawn.push(Number(header['call'])))
    })
  const [small, large] = [call(ann, 'tools/read', 1, { n: 1 }), call(ann, 'tools/read', 1, { n: 9 })]
  await until(() => answers.length === 2)
  const where = { '*': { arguments: { n: { constraint: { range: { max: 5 } } } } } }
  await world.operator.must({ do: 'capability.narrow', capability, caveats: { where } })
  assert.equal(endOf(await large), 'cancelled')
  await until(() => withdrawn.length === 1)
  for (const answer of answers) answer()
  assert.equal(endOf(await small), 'done')
  const narrowed = ofKind(world.events(), 'capability.narrowed').at(-1)
  assert.deepEqual([narrowed?.body.cut, narrowed?.body.left], [withdrawn, withdrawn])
  world.serve = () => Promise.resolve(done)
  assert.equal(endOf(await call(ann, 'tools/read', 1, { n: 6 })), 'argument-refused')
  ann.wire.close()
})

test('a held call that a narrowing forbids is not there to be approved any more', async () => {
  const kim = await world.agent('kim')
  const capability = await world.grant(kim, ['tools/read'], { ask: true })
  const asked = call(kim, 'tools/read', 1, { n: 9 })
  const [held] = await world.pending()
  const where = { '*': { arguments: { n: { constraint: { range: { max: 5 } } } } } }
  await world.operator.must({ do: 'capability.narrow', capability, caveats: { where } })
  assert.equal(endOf(await asked), 'revoked')
  const late = { do: 'call.approve', call: held?.call ?? 0, digest: held?.digest ?? '', comment: '' }
  assert.equal(endOf(await world.operator.order(late)), 'not-found')
  kim.wire.close()
})
