/**
 * Calls that take a while, at the front door: held ones, ones that ask their client something, and what is told
 * to whoever listens.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Json, JsonObject } from '../../src/base/json.ts'
import { FrontDoorWorld, messagesOf, outcome, soon } from '../harness/front-door-world.ts'

const world = new FrontDoorWorld()
/** Holds `echo` only where an operator approves each use. */
let ann: { readonly token: string; readonly process: number }
const tasks = { extensions: { 'io.modelcontextprotocol/tasks': {} } }

before(async () => {
  await world.start()
  ann = await world.operator.addAgent('ann')
  await world.grant(ann.process, ['tools/echo'], { ask: true })
})
after(() => world.stop())

async function decide(approve: boolean, comment: string): Promise<void> {
  const { call, digest } = await world.held()
  await world.operator.must({ do: approve ? 'call.approve' : 'call.deny', call, digest, comment })
}

function echo(text: string, extra: JsonObject = {}): JsonObject {
  return { name: 'demo__echo', arguments: { text }, ...extra }
}

test('while a person decides the client hears what is awaited, and then what the person says', async () => {
  const heard: JsonObject[] = []
  const waiting = world.modern(
    ann.token,
    'tools/call',
    echo('a', { _meta: { progressToken: 'p' } }),
    {},
    {
      onMessage: (message) => heard.push(message),
    },
  )
  while (heard.length === 0) await soon()
  const { method, params } = heard[0] as { method?: Json; params?: JsonObject }
  assert.equal(method, 'notifications/progress')
  assert.equal(params?.['progressToken'], 'p')
  assert.match(JSON.stringify(params), /operator must approve/u)
  await decide(true, 'just this once')
  const result = outcome(await waiting)
  assert.match(JSON.stringify(result['content']), /\\"a\\".*just this once/u)
  assert.match(JSON.stringify(result['_meta']), /just this once/u)

  const denied = world.modern(ann.token, 'tools/call', echo('b'))
  await decide(false, 'not before Monday')
  const refused = outcome(await denied)
  assert.equal(refused['isError'], true)
  assert.match(JSON.stringify(refused['content']), /approval-denied.*not before Monday/u)
})

test('when the client gave up, the same call made again collects the decision, once', async () => {
  const stop = new AbortController()
  const first = world.modern(ann.token, 'tools/call', echo('c'), {}, { signal: stop.signal })
  const { call, digest } = await world.held()
  stop.abort()
  await assert.rejects(first)
  // Whatever is asked now comes after the news that the first one left.
  await world.modern(ann.token, 'tools/call', { name: 'demo__none' })
  await world.modern(ann.token, 'tools/call', { name: 'demo__none' })
  await world.operator.must({ do: 'call.approve', call, digest, comment: '' })
  const retried = outcome(await world.modern(ann.token, 'tools/call', echo('c')))
  assert.match(JSON.stringify(retried['content']), /\\"c\\"/u)
  const third = world.modern(ann.token, 'tools/call', echo('c'))
  await decide(false, '')
  assert.equal(outcome(await third)['isError'], true)
})

test('for a client that knows tasks a held call is one', async () => {
  const task = outcome(await world.modern(ann.token, 'tools/call', echo('d'), tasks))
  assert.equal(task['resultType'], 'task')
  const taskId = task['taskId'] as string
  const state = () => world.modern(ann.token, 'tasks/get', { taskId }, tasks).then(outcome)
  assert.match(JSON.stringify(await state()), /working.*operator must approve/u)
  const other = await world.modern(world.bob.token, 'tasks/get', { taskId }, tasks)
  assert.equal(outcome(other)['code'], -32_602)
  await decide(true, '')
  let now
  do now = await state()
  while (now['status'] === 'working')
  assert.equal(now['status'], 'completed')
  assert.match(JSON.stringify(now['result']), /\\"d\\"/u)
})

test('a question comes back as a round, and only the same agent’s same request goes on with it, once', async () => {
  const { token } = world.bob
  const able = { elicitation: {} }
  const ask = { name: 'demo__ask', arguments: {} }
  const first = outcome(await world.modern(token, 'tools/call', ask, able))
  assert.equal(first['resultType'], 'input_required')
  const [[key, asked] = ['', {}]] = Object.entries(first['inputRequests'] as JsonObject)
  assert.match(JSON.stringify(asked), /"method":"elicitation\/create"/u)
  assert.equal(key, 'question', 'the driver’s own name for it')
  const answer = { [key]: { action: 'accept', content: { colour: 'blue' } } }
  const retry = (state: Json, responses: JsonObject, as = token, params: JsonObject = ask) =>
    world
      .modern(as, 'tools/call', { ...params, requestState: state, inputResponses: responses }, able)
      .then(outcome)
  const state = first['requestState'] as string
  await world.grant(ann.process, ['tools/ask'])
  assert.equal((await retry(state, answer, ann.token))['code'], -32_602)
  assert.equal((await retry(state, answer, token, { ...ask, arguments: { x: 1 } }))['code'], -32_602)
  const again = await retry(state, { other: { action: 'accept' } })
  assert.equal(again['resultType'], 'input_required', 'what is missing is asked again')
  assert.equal((await retry(state, answer))['code'], -32_602, 'the old state is spent')
  const done = await retry(again['requestState'] ?? '', answer)
  assert.match(JSON.stringify(done['content']), /blue/u)
})

test('two agents that ask at the same time each answer their own', async () => {
  const able = { elicitation: {} }
  const ask = { name: 'demo__ask', arguments: {} }
  const rounds = await Promise.all(
    [world.bob.token, ann.token].map(async (token) => {
      const first = outcome(await world.modern(token, 'tools/call', ask, able))
      const inputResponses = { question: { action: 'accept', content: { colour: token.slice(-8) } } }
      const { requestState = '' } = first as { requestState?: string }
      return {
        token,
        last: await world.modern(token, 'tools/call', { ...ask, requestState, inputResponses }, able),
      }
    }),
  )
  for (const { token, last } of rounds) assert.ok(JSON.stringify(outcome(last)).includes(token.slice(-8)))
})

test('a listener is told what it asked for and may hear, and nothing else', async () => {
  const heard: JsonObject[] = []
  const stop = new AbortController()
  const notifications = { promptsListChanged: true, resourceSubscriptions: ['note://1', 'note://1'] }
  const listening = world.modern(
    world.bob.token,
    'subscriptions/listen',
    { notifications },
    {},
    {
      onMessage: (message) => heard.push(message),
      signal: stop.signal,
    },
  )
  while (heard.length === 0) await soon()
  assert.equal(heard[0]?.['method'], 'notifications/subscriptions/acknowledged')
  assert.match(JSON.stringify(heard[0]), /"resourceSubscriptions":\["note:\/\/1"\]/u)
  const shut = outcome(
    await world.modern(world.bob.token, 'subscriptions/listen', { notifications: { taskIds: ['x'] } }),
  )
  assert.equal(shut['code'], -32_021)
  world.driver.tell({ event: 'resource-updated', uri: 'note://2' })
  await world.grant(world.bob.process, ['tools/echo'])
  world.driver.tell({ event: 'resource-updated', uri: 'note://1' })
  while (heard.length === 1) await soon()
  stop.abort()
  await assert.rejects(listening)
  assert.deepEqual(
    heard.slice(1).map(({ method }) => method),
    ['notifications/resources/updated'],
  )
  assert.match(JSON.stringify(heard[1]), /"io.modelcontextprotocol\/subscriptionId":1\b/u)
})

test('a session hears of its subscriptions on its listening stream, until it unsubscribes', async () => {
  const { token } = world.bob
  const session = { 'Mcp-Session-Id': await world.initialize(token) }
  const send = (id: number, method: string, params: JsonObject) =>
    world.send(token, { jsonrpc: '2.0', id, method, params }, { headers: session })
  const headers = { ...session, Authorization: `Bearer ${token}`, Accept: 'text/event-stream' }
  const stop = new AbortController()
  const stream = await fetch(world.gateway.url, { headers, signal: stop.signal })
  const heard: string[] = []
  const reading = messagesOf(stream, {
    onMessage: ({ params }) => heard.push((params as { uri: string }).uri),
  })
  await send(1, 'resources/subscribe', { uri: 'note://1' })
  await send(2, 'resources/subscribe', { uri: 'note://2' })
  world.driver.tell({ event: 'resource-updated', uri: 'note://1' })
  while (heard.length < 1) await soon()
  await send(3, 'resources/unsubscribe', { uri: 'note://1' })
  world.driver.tell({ event: 'resource-updated', uri: 'note://1' })
  world.driver.tell({ event: 'resource-updated', uri: 'note://2' })
  while (heard.length < 2) await soon()
  assert.deepEqual(heard, ['note://1', 'note://2'])
  stop.abort()
  await assert.rejects(reading)
})

test('log lines go to the call that wants them, from the level it wants', async () => {
  const heard = async (level: string | null): Promise<boolean> => {
    const _meta: JsonObject = level === null ? {} : { 'io.modelcontextprotocol/logLevel': level }
    const answer = await world.modern(world.bob.token, 'tools/call', {
      name: 'demo__report',
      arguments: {},
      _meta,
    })
    return answer.messages.some(({ method }) => method === 'notifications/message')
  }
  assert.equal(await heard('debug'), true)
  assert.equal(await heard(null), false)
})

test('a client that takes no event stream still gets its answer', async () => {
  const accept = { headers: { Accept: 'application/json' } }
  const answer = await world.modern(
    world.bob.token,
    'tools/call',
    { name: 'demo__report', arguments: {} },
    {},
    accept,
  )
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/u)
  assert.match(JSON.stringify(outcome(answer)), /reported/u)
})

test('a list that a driver says has changed is announced to those who have something in it', async () => {
  const eve = await world.operator.addAgent('eve')
  await world.grant(eve.process, ['prompts/get'])
  const notifications = { toolsListChanged: true, promptsListChanged: true }
  const stop = new AbortController()
  const listen = (token: string, heard: (Json | undefined)[]): Promise<unknown> =>
    world
      .modern(
        token,
        'subscriptions/listen',
        { notifications },
        {},
        { onMessage: ({ method }) => heard.push(method), signal: stop.signal },
      )
      .catch(() => {})
  const [his, hers]: [(Json | undefined)[], (Json | undefined)[]] = [[], []]
  const listening = [listen(world.bob.token, his), listen(eve.token, hers)]
  while (his.length === 0 || hers.length === 0) await soon()
  world.driver.tell({ event: 'lists-unchanged', lists: ['tools', 'prompts'] })
  while (his.length < 3 || hers.length < 2) await soon()
  // What comes after it shows that there was no more.
  await world.grant(eve.process, ['tools/echo'])
  while (hers.length < 3) await soon()
  stop.abort()
  await Promise.all(listening)
  const [acknowledged, tools, prompts] = [
    'notifications/subscriptions/acknowledged',
    'notifications/tools/list_changed',
    'notifications/prompts/list_changed',
  ]
  assert.deepEqual(his, [acknowledged, tools, prompts])
  assert.deepEqual(hers, [acknowledged, prompts, tools])
})
