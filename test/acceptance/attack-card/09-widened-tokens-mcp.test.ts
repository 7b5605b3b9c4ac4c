/** Attack card, line 9, through MCP: everything a client is given to carry, changed, copied and repeated. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Json, JsonObject } from '../../../src/base/json.ts'
import { FrontDoorWorld, outcome } from '../../harness/front-door-world.ts'
import { ScriptedDriver } from '../../harness/scripted-driver.ts'

const world = new FrontDoorWorld()
/** Holds much less than bob. */
let ann: { readonly token: string; readonly process: number }
/** Of a driver that ann holds nothing of. */
const secret = new ScriptedDriver()

before(async () => {
  await world.start()
  ann = await world.operator.addAgent('ann')
  await world.grant(ann.process, ['tools/ask', 'resources/read'])
  const object = await world.addDriver('secret', secret)
  await world.grant(world.bob.process, ['resources/read'], { object })
})
after(() => world.stop())

const list = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }

/** The text with one character after the other replaced, a dozen times. */
function altered(text: string): readonly string[] {
  const step = Math.max(1, Math.floor(text.length / 12))
  const all = Array.from(text).flatMap((each, at) =>
    at % step === 0 ? [`${text.slice(0, at)}${each === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`] : [],
  )
  return [...all, `${text}A`, `${text}${text}`, text.slice(0, -4), text.toUpperCase(), '']
}

test('9: a bearer token that was altered attaches to nobody', async () => {
  for (const token of altered(world.bob.token)) {
    const answer = await world.modern(token, 'tools/list')
    assert.equal(answer.status, 401, token.slice(0, 12))
  }
})

test('9: a session id that was altered, or is another’s, opens nothing', async () => {
  const id = await world.initialize(world.bob.token)
  const status = async (token: string, session: string) =>
    (await world.send(token, list, { headers: { 'Mcp-Session-Id': session } })).status
  for (const other of altered(id)) assert.ok([400, 404].includes(await status(world.bob.token, other)), other)
  assert.equal(await status(ann.token, id), 404)
  assert.equal(await status(world.bob.token, id), 200)
})

test('9: the state of a round that was altered, copied, widened or repeated goes on with nothing', async () => {
  const able = { elicitation: {} }
  const call = { name: 'demo__ask', arguments: {} }
  const first = outcome(await world.modern(ann.token, 'tools/call', call, able))
  const [key = ''] = Object.keys(first['inputRequests'] as JsonObject)
  const inputResponses = { [key]: { action: 'accept', content: { colour: 'blue' } } }
  const retry = async (token: string, requestState: Json, params: JsonObject = call) =>
    outcome(await world.modern(token, 'tools/call', { ...params, requestState, inputResponses }, able))
  const state = first['requestState'] as string
  const before = world.driver.seen.length
  for (const other of altered(state)) {
    const answer = await retry(ann.token, other)
    assert.ok(answer['code'] === -32_602 || answer['resultType'] === 'input_required', JSON.stringify(answer))
    assert.equal(answer['content'], undefined)
  }
  const started = world.driver.seen.length
  assert.equal((await retry(world.bob.token, state))['code'], -32_602)
  assert.equal((await retry(ann.token, state, { ...call, arguments: { more: true } }))['code'], -32_602)
  assert.equal((await retry(ann.token, state, { ...call, name: 'demo__echo' }))['code'], -32_602)
  assert.equal(world.driver.seen.length, started, 'the driver saw none of these')
  assert.match(JSON.stringify(await retry(ann.token, state)), /blue/u)
  assert.equal((await retry(ann.token, state))['code'], -32_602, 'once')
  // An empty state is none, so that request alone was a new call.
  assert.ok(started - before <= 1)
})

test('9: the id of another’s task, or one that was altered, finds nothing', async () => {
  const tasks = { extensions: { 'io.modelcontextprotocol/tasks': {} } }
  const holder = await world.operator.addAgent('holder')
  await world.grant(holder.process, ['tools/echo'], { ask: true })
  const echo = { name: 'demo__echo', arguments: { text: 'held' } }
  const { taskId } = outcome(await world.modern(holder.token, 'tools/call', echo, tasks)) as {
    taskId: string
  }
  const before = world.driver.seen.length
  const inputResponses = { approve: { action: 'accept' } }
  for (const method of ['tasks/get', 'tasks/update', 'tasks/cancel'] as const) {
    const params = method === 'tasks/update' ? { inputResponses } : {}
    for (const id of altered(taskId).filter((each) => each !== '' && each !== taskId)) {
      const answer = outcome(await world.modern(holder.token, method, { taskId: id, ...params }, tasks))
      assert.equal(answer['code'], -32_602, id)
    }
    const answer = outcome(await world.modern(ann.token, method, { taskId, ...params }, tasks))
    assert.equal(answer['code'], -32_602)
  }
  const state = outcome(await world.modern(holder.token, 'tasks/get', { taskId }, tasks))
  assert.equal(state['status'], 'working', 'it still waits for its operator')
  assert.equal(world.driver.seen.length, before)
})

test('9: a cursor that was altered, or is another’s, shows nothing that its bearer may not see', async () => {
  const page = async (token: string, cursor?: string) =>
    outcome(await world.modern(token, 'resources/list', cursor === undefined ? {} : { cursor }))
  const cursors: string[] = []
  for (let cursor: string | undefined; ;) {
    const { nextCursor } = (await page(world.bob.token, cursor)) as { nextCursor?: string }
    if (nextCursor === undefined) break
    cursors.push((cursor = nextCursor))
  }
  const own = new Set<string>()
  for (let cursor: string | undefined; ;) {
    const { resources, nextCursor } = (await page(ann.token, cursor)) as {
      resources: { uri: string }[]
      nextCursor?: string
    }
    for (const { uri } of resources) own.add(uri)
    if (nextCursor === undefined) break
    cursor = nextCursor
  }
  const made = [[0], [1], [99_999, null, 0], ['secret', null, 0], ['secret', '0', 0], [2, '0', -1], {}].map(
    (place) => Buffer.from(JSON.stringify(place)).toString('base64url'),
  )
  for (const cursor of [...cursors, ...cursors.flatMap(altered), ...made]) {
    const { resources = [], code } = (await page(ann.token, cursor)) as {
      resources?: { uri: string; name: string }[]
      code?: number
    }
    assert.ok(code === undefined || code === -32_602, `${cursor}: ${code}`)
    for (const { uri } of resources) assert.ok(own.has(uri), uri)
  }
})
