/** Attacks on uses that need several people: one operator in two parts, one approval twice, a grant that died. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ofKind } from '../../harness/ledger-events.ts'
import type { Holder } from './authority-world.ts'
import { AuthorityWorld, call, endOf, until } from './authority-world.ts'

let world: AuthorityWorld
let bob: Holder

before(async () => {
  world = await AuthorityWorld.open()
  bob = await world.agent('bob')
})
after(async () => {
  bob.wire.close()
  await world.close()
})

test('two grants of one operator are no quorum, and neither is what is derived from them', async () => {
  await world.grant(bob, ['tools/pay'])
  await world.grant(bob, ['tools/pay'])
  await bob.wire.request({ op: 'derive', handle: 1 }, Buffer.from('{}'))
  for (const handle of [1, 2, 3])
    assert.equal(endOf(await call(bob, 'tools/pay', handle, { handle })), 'not-held')
  const header = { op: 'call', object: world.driver, selector: 'tools/pay' }
  assert.equal(endOf(await bob.wire.request(header, Buffer.from('{}'))), 'not-held')
  assert.deepEqual(world.reached, [])
})

test('a grant of another operator makes the quorum, takes a use of each, and breaks it when it dies', async () => {
  const theirs = await world.grantByBea(bob, ['tools/pay'], { uses: 2 })
  assert.equal(endOf(await call(bob, 'tools/pay', 1, { n: 1 })), 'done')
  const admitted = ofKind(world.events(), 'call.admitted').at(-1)
  assert.deepEqual(admitted?.body.with, [theirs])
  await world.operator.must({ do: 'capability.revoke', capability: theirs })
  assert.equal(endOf(await call(bob, 'tools/pay', 1, { n: 2 })), 'not-held')
  const again = await world.grantByBea(bob, ['tools/pay'], { uses: 1 })
  const ends = await Promise.all([3, 4, 5].map((n) => call(bob, 'tools/pay', 1, { n })))
  assert.deepEqual(ends.map(endOf).sort(), ['done', 'not-held', 'not-held'])
  assert.equal(world.reached.length, 2)
  await world.operator.must({ do: 'capability.revoke', capability: again })
})

test('a call in flight ends when any of the grants that it stands on is revoked', async () => {
  const theirs = await world.grantByBea(bob, ['tools/pay'])
  const withdrawn: unknown[] = []
  const serve = world.serve
  world.serve = ({ signal }) =>
    new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        withdrawn.push(signal)
        resolve({ kind: 'reply', header: { outcome: 'done' } })
      })
    })
  const before_ = world.reached.length
  const asked = call(bob, 'tools/pay', 1, { n: 6 })
  await until(() => world.reached.length > before_)
  await world.bea({ do: 'capability.revoke', capability: theirs })
  assert.equal(endOf(await asked), 'cancelled')
  const revoked = ofKind(world.events(), 'capability.revoked').at(-1)
  assert.deepEqual(revoked?.body.left, revoked?.body.cut, 'it had left: what it did cannot be undone')
  assert.equal(revoked?.body.cut.length, 1)
  await until(() => withdrawn.length > 0)
  world.serve = serve
})

test('one operator who approves twice is one operator', async () => {
  const eve = await world.agent('eve')
  await world.grant(eve, ['tools/read'], { approvals: 2 })
  const before_ = world.reached.length
  const asked = call(eve, 'tools/read', 1, { n: 7 })
  const [held] = await world.pending()
  const order = { do: 'call.approve', call: held?.call ?? 0, digest: held?.digest ?? '', comment: '' }
  await world.operator.must(order)
  assert.equal(endOf(await world.operator.order(order)), 'not-entitled')
  assert.equal(world.reached.length, before_)
  await world.bea(order)
  assert.equal(endOf(await asked), 'done')
  eve.wire.close()
})

test('under four eyes the first approval is only a proposal', async () => {
  const fay = await world.agent('fay')
  await world.grant(fay, ['tools/read'], { fourEyes: true })
  const before_ = world.reached.length
  const asked = call(fay, 'tools/read', 1, { n: 8 })
  const [held] = await world.pending()
  await world.operator.must({
    do: 'call.approve',
    call: held?.call ?? 0,
    digest: held?.digest ?? '',
    comment: '',
  })
  const proposed = ofKind(world.events(), 'order.proposed').at(-1)
  const confirm = { do: 'order.confirm', proposal: proposed?.seq ?? 0, digest: proposed?.body.digest ?? '' }
  assert.equal(endOf(await world.operator.order(confirm)), 'not-entitled', 'not by whoever proposed it')
  assert.equal(world.reached.length, before_)
  await world.bea(confirm)
  assert.equal(endOf(await asked), 'done')
  fay.wire.close()
})
