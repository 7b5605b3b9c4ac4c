/** Attacks on budgets: more money than there was, by any number of hands. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ofKind } from '../../harness/ledger-events.ts'
import { KernelProcess } from '../../harness/kernel-process.ts'
import { AuthorityWorld, call, done, endOf, idOf, until } from './authority-world.ts'

let world: AuthorityWorld

before(async () => {
  world = await AuthorityWorld.open()
})
after(() => world.close())

test('siblings cannot spend more together than their parent had', async () => {
  const bob = await world.agent('bob')
  await world.grant(bob, ['tools/read'], { budget: { amount: 50 } })
  const derive = (amount: number) =>
    bob.wire.request({ op: 'derive', handle: 1 }, Buffer.from(JSON.stringify({ budget: { amount } })))
  const first = idOf(await derive(30), 'handle')
  assert.equal(endOf(await derive(30)), 'too-broad')
  const second = idOf(await derive(20), 'handle')
  const before_ = world.reached.length
  const asked = Array.from({ length: 40 }, (_, n) =>
    call(bob, 'tools/read', [1, first, second][n % 3] ?? 1, { n }),
  )
  const ends = (await Promise.all(asked)).map(endOf)
  assert.equal(world.reached.length - before_, 5, 'five times ten, by whichever hand')
  assert.deepEqual([...new Set(ends)].sort(), ['done', 'exhausted'])
  bob.wire.close()
})

test('a budget is not refilled by deriving, spending and revoking', async () => {
  const eve = await world.agent('eve')
  await world.grant(eve, ['tools/read'], { budget: { amount: 30 } })
  const before_ = world.reached.length
  for (let round = 0; round < 10; round++) {
    const made = await eve.wire.request({ op: 'derive', handle: 1 }, Buffer.from('{"budget":{"amount":10}}'))
    if (made.kind !== 'reply') break
    await call(eve, 'tools/read', Number(made.header['handle']), { round })
    await eve.wire.request({ op: 'revoke', capability: Number(made.header['capability']) })
  }
  assert.equal(world.reached.length - before_, 3)
  eve.wire.close()
})

test('what was spent stays spent when the kernel dies in the middle, in doubt or not', async () => {
  const cal = await world.agent('cal')
  const capability = await world.grant(cal, ['tools/read'], { budget: { amount: 30 } })
  assert.equal(endOf(await call(cal, 'tools/read', 1, { n: 1 })), 'done')
  world.serve = () => new Promise(() => undefined)
  const before_ = world.reached.length
  void call(cal, 'tools/read', 1, { n: 2 })
  await until(() => world.reached.length > before_)
  await world.kernel.kill()
  world.kernel = await KernelProcess.start(world.home)
  world.operator = await world.kernel.operator()
  world.serve = () => Promise.resolve(done)
  world.adapter = await world.attach()
  const capabilities = (await world.operator.query('capabilities')) as readonly {
    readonly capability: number
    readonly budgetLeft: number | null
  }[]
  assert.equal(capabilities.find((known) => known.capability === capability)?.budgetLeft, 10)
  const settled = ofKind(world.events(), 'call.settled').map(({ body }) => body.outcome)
  assert.equal(settled.at(-1), 'in-doubt')
})
