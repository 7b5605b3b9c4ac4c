/** Attack card, line 6, through MCP: what a capability opened ends with it, not at its next use. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { JsonObject } from '../../../src/base/json.ts'
import type { IncomingRequest, Served } from '../../../src/wire/client.ts'
import { FrontDoorWorld, messagesOf, outcome } from '../../harness/front-door-world.ts'
import type { TokenHolder } from '../../harness/front-door-world.ts'
import { until } from '../../harness/world.ts'

const world = new FrontDoorWorld()
before(() => world.start())
after(() => world.stop())

const uri = 'note://1'

/** A stream of an agent on which it is told of changes, and what came over it. */
interface Listener {
  readonly heard: JsonObject[]
  /** Resolves when the stream is over. */
  readonly over: Promise<unknown>
  stop(): void
}

async function legacyListener(token: string): Promise<Listener> {
  const session = { 'Mcp-Session-Id': await world.initialize(token) }
  const stop = new AbortController()
  const headers = { ...session, Authorization: `Bearer ${token}`, Accept: 'text/event-stream' }
  const stream = await fetch(world.gateway.url, { headers, signal: stop.signal })
  const heard: JsonObject[] = []
  const over = messagesOf(stream, { onMessage: (message) => heard.push(message) }).catch(() => undefined)
  const subscribe = { jsonrpc: '2.0', id: 1, method: 'resources/subscribe', params: { uri } }
  assert.equal((await world.send(token, subscribe, { headers: session })).status, 200)
  return { heard, over, stop: () => stop.abort() }
}

async function modernListener(token: string): Promise<Listener> {
  const stop = new AbortController()
  const heard: JsonObject[] = []
  const notifications = { resourceSubscriptions: [uri] }
  const over = world
    .modern(
      token,
      'subscriptions/listen',
      { notifications },
      {},
      {
        onMessage: (message) => heard.push(message),
        signal: stop.signal,
      },
    )
    .catch(() => undefined)
  await until(() => heard.length === 1 || null, 'the subscription to be acknowledged')
  return { heard, over, stop: () => stop.abort() }
}

const updates = ({ heard }: Listener): number =>
  heard.filter(({ method }) => method === 'notifications/resources/updated').length

async function subscriber(name: string): Promise<TokenHolder & { readonly capability: number }> {
  const agent = await world.operator.addAgent(name)
  await world.grant(agent.process, ['resources/read'])
  return { ...agent, capability: await world.grant(agent.process, ['resources/subscribe']) }
}

for (const [era, listener] of [
  ['sessionful', legacyListener],
  ['stateless', modernListener],
] as const) {
  test(`6: a subscription of a ${era} client dies with the capability that opened it`, async () => {
    const [ann, bob] = [await subscriber(`ann-${era}`), await subscriber(`bob-${era}`)]
    const [hers, his] = [await listener(ann.token), await listener(bob.token)]
    world.driver.tell({ event: 'resource-updated', uri })
    await until(() => (updates(hers) === 1 && updates(his) === 1) || null, 'both to hear')

    await world.operator.must({ do: 'capability.revoke', capability: ann.capability })
    world.driver.tell({ event: 'resource-updated', uri })
    await until(() => updates(his) === 2 || null, 'the other to hear')
    world.driver.tell({ event: 'resource-updated', uri })
    await until(() => updates(his) === 3 || null, 'the other to hear again')
    assert.equal(updates(hers), 1, 'nothing since the revocation')

    // A kill ends the stream itself.
    await world.operator.must({ do: 'process.kill', process: bob.process, reason: 'drill' })
    await his.over
    world.driver.tell({ event: 'resource-updated', uri })
    hers.stop()
    await hers.over
    assert.equal(updates(his), 3)
  })
}

test('6: progress of a call ends with the capability that it stands on', async () => {
  const definitions = [
    { selector: 'tools/work', definition: { name: 'work', inputSchema: { type: 'object' } } },
  ]
  let working: IncomingRequest | null = null
  const { promise: released, resolve: release } = Promise.withResolvers<Served>()
  const object = await world.operator.addDriver('worker', definitions)
  const adapter = await world.kernel.driver('worker', definitions, (request) => {
    working = request
    request.notice({ event: 'progress', progress: 1, message: 'before' })
    return released
  })
  const ann = await world.operator.addAgent('ann-works')
  const capability = await world.grant(ann.process, ['tools/work'], { object })
  const heard: JsonObject[] = []
  const params = { name: 'worker__work', arguments: {}, _meta: { progressToken: 'p' } }
  const call = world.modern(
    ann.token,
    'tools/call',
    params,
    {},
    {
      onMessage: (message) => heard.push(message),
    },
  )
  await until(() => heard.length === 1 || null, 'progress')
  await world.operator.must({ do: 'capability.revoke', capability })
  const answer = await call
  ;(working as IncomingRequest | null)?.notice({ event: 'progress', progress: 2, message: 'after' })
  release({ kind: 'reply', header: { outcome: 'done' }, body: Buffer.from('{"content":[]}') })
  assert.equal(outcome(answer)['isError'], true)
  assert.match(JSON.stringify(heard[0]), /before/u)
  assert.doesNotMatch(JSON.stringify([heard, answer.messages]), /after/u)
  const next = outcome(await world.modern(ann.token, 'tools/call', params))
  assert.match(JSON.stringify(next), /revoked|no such tool/u)
  assert.doesNotMatch(JSON.stringify(next), /after/u)
  adapter.close()
})
