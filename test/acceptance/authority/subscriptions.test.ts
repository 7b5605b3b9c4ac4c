/** Hearing of a resource is a right like any other: asked for, approved where that is asked, and gone at once. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { JsonObject } from '../../../src/base/json.ts'
import type { Holder } from './authority-world.ts'
import { AuthorityWorld, call, done, endOf, until } from './authority-world.ts'

const selector = 'resources/subscribe'
let world: AuthorityWorld

before(async () => {
  world = await AuthorityWorld.open()
})
after(() => world.close())

/** What of the news reaches an agent, who is known to have heard all there was. */
async function heard({ wire, notices }: Holder, ...uris: readonly string[]): Promise<readonly unknown[]> {
  for (const uri of uris) world.adapter.notice({ event: 'resource-updated', uri })
  // The adapter's next answer comes after its news, and the agent hears in the order in which it was told.
  await wire.request({ op: 'discover', object: world.driver, what: 'resources' })
  await wire.request({ op: 'capabilities' })
  const told = notices.splice(0).filter(({ event }) => event === 'resource-updated')
  return told.map(({ uri }) => uri)
}

async function subscriber(name: string, terms: JsonObject = {}): Promise<Holder & { capability: number }> {
  const agent = await world.agent(name)
  await world.grant(agent, ['tools/read'])
  return { ...agent, capability: await world.grant(agent, [selector], terms) }
}

/** News is on its way while something of another connection may overtake it. */
async function settled(agent: Holder, uri: string): Promise<void> {
  while ((await heard(agent, uri)).length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
}

test('who could subscribe and did not hears nothing', async () => {
  const [bob, eve] = [await subscriber('bob'), await subscriber('eve')]
  assert.equal(endOf(await call(eve, selector, 2, { uri: 'a:1' })), 'done')
  await settled(eve, 'a:1')
  assert.deepEqual(await heard(bob), [])
  bob.wire.close()
  eve.wire.close()
})

test('who asked and was told no by the driver hears nothing', async () => {
  const [ian, witness] = [await subscriber('ian'), await subscriber('joe')]
  world.serve = () => Promise.resolve({ kind: 'reply', header: { outcome: 'failed', reason: 'no' } })
  assert.equal(endOf(await call(ian, selector, 2, { uri: 'a:9' })), 'failed')
  world.serve = () => Promise.resolve(done)
  await call(witness, selector, 2, { uri: 'a:9' })
  await settled(witness, 'a:9')
  assert.deepEqual(await heard(ian), [])
  ian.wire.close()
  witness.wire.close()
})

test('who must be approved hears after the approval and not before, and of what was approved alone', async () => {
  const kim = await subscriber('kim', { ask: true })
  const witness = await subscriber('witness')
  for (const uri of ['a:2', 'a:3']) await call(witness, selector, 2, { uri })
  const asked = call(kim, selector, 2, { uri: 'a:2' })
  const [held] = await world.pending()
  await settled(witness, 'a:2')
  assert.deepEqual(await heard(kim), [])
  await world.operator.must({
    do: 'call.approve',
    call: held?.call ?? 0,
    digest: held?.digest ?? '',
    comment: '',
  })
  assert.equal(endOf(await asked), 'done')
  await settled(kim, 'a:2')
  await settled(witness, 'a:3')
  assert.deepEqual(await heard(kim), [])
  kim.wire.close()
  witness.wire.close()
})

for (const [what, end] of [
  ['revoked', (agent) => ({ do: 'capability.revoke', capability: agent.capability })],
  [
    'narrowed to something else',
    (agent) => ({
      do: 'capability.narrow',
      capability: agent.capability,
      caveats: { where: { '*': { arguments: { uri: { constraint: { eq: 'b:1' } } } } } },
    }),
  ],
] as readonly [string, (agent: { capability: number }) => JsonObject][]) {
  test(`a subscription ends when its capability is ${what}`, async () => {
    const name = what.slice(0, 4)
    const [ann, witness] = [await subscriber(`ann-${name}`), await subscriber(`w-${name}`)]
    for (const agent of [ann, witness]) await call(agent, selector, 2, { uri: 'a:4' })
    await settled(ann, 'a:4')
    await world.operator.must(end(ann))
    await heard(ann)
    await settled(witness, 'a:4')
    assert.deepEqual(await heard(ann), [])
    ann.wire.close()
    witness.wire.close()
  })
}

test('a driver that tells of what nobody hears any more is told so, and not before', async () => {
  const [gus, hal] = [await subscriber('gus'), await subscriber('hal')]
  for (const agent of [gus, hal]) await call(agent, selector, 2, { uri: 'a:7' })
  await settled(gus, 'a:7')
  await world.operator.must({ do: 'capability.revoke', capability: gus.capability })
  await settled(hal, 'a:7')
  assert.ok(!world.unsubscribed.includes('a:7'))
  await world.operator.must({ do: 'capability.revoke', capability: hal.capability })
  world.adapter.notice({ event: 'resource-updated', uri: 'a:7' })
  await until(() => world.unsubscribed.includes('a:7'))
  gus.wire.close()
  hal.wire.close()
})

test('a subscription does not move with the capability, and does not stay behind', async () => {
  const [cal, dan] = [await subscriber('cal'), await world.agent('dan')]
  await world.introduce(cal, dan)
  await call(cal, selector, 2, { uri: 'a:5' })
  await settled(cal, 'a:5')
  await cal.wire.request({ op: 'move', handle: 2, holder: dan.process })
  await heard(cal)
  await call(dan, selector, 1, { uri: 'a:6' })
  world.adapter.notice({ event: 'resource-updated', uri: 'a:5' })
  await settled(dan, 'a:6')
  assert.deepEqual(await heard(cal), [])
  cal.wire.close()
  dan.wire.close()
})
