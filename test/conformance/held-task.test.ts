/** A held call as a task, through the whole system: a client of the extension sees it wait, and what became of it. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Json, JsonObject } from '../../src/base/json.ts'
import { isJsonObject } from '../../src/base/json.ts'
import { metaKeys, tasksExtension } from '../../src/mcp/meta.ts'
import { modernRevision } from '../../src/mcp/revision.ts'
import { until } from '../harness/world.ts'
import { FixtureServer } from './fixture-server.ts'
import { GovernedServer } from './governed-server.ts'

let server: FixtureServer
let custos: GovernedServer

before(async () => {
  server = await FixtureServer.start('jobs')
  custos = await GovernedServer.start(server)
  await custos.revoke('tools/greet')
  await custos.grant('tools/greet', { ask: true })
})

after(async () => {
  await custos?.stop()
  await server?.stop()
})

function post(method: string, params: JsonObject, capabilities: JsonObject): Promise<Response> {
  const _meta = {
    [metaKeys.protocolVersion]: modernRevision,
    [metaKeys.clientInfo]: { name: 'test', version: '1' },
    [metaKeys.clientCapabilities]: capabilities,
  }
  const name = params['name'] ?? params['taskId']
  return fetch(custos.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': modernRevision,
      'mcp-method': method,
      ...(typeof name === 'string' ? { 'mcp-name': name } : {}),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } }),
  })
}

const withTasks = { extensions: { [tasksExtension]: {} } }

async function ask(method: string, params: JsonObject): Promise<JsonObject> {
  const text = await (await post(method, params, withTasks)).text()
  // The answer is the whole body, or the last event of a stream.
  const answer = JSON.parse(
    text.startsWith('{') ? text : (/.*^data: (.*)$/msu.exec(text)?.[1] ?? ''),
  ) as JsonObject
  const result = answer['result']
  assert.ok(isJsonObject(result), JSON.stringify(answer))
  return result
}

/** Calls `greet`, which is held, and returns the id of the task that it becomes. */
async function heldTask(name: string): Promise<string> {
  const created = await ask('tools/call', { name: 'greet', arguments: { name } })
  assert.equal(created['resultType'], 'task')
  assert.equal(created['status'], 'working')
  assert.match(JSON.stringify(created['statusMessage']), /operator must approve/u)
  return created['taskId'] as string
}

async function decide(decision: 'call.approve' | 'call.deny', comment: string): Promise<void> {
  const shown = (await custos.operator.query('approvals')) as readonly JsonObject[]
  const [{ call, digest } = {}] = shown
  assert.equal(shown.length, 1)
  await custos.operator.must({ do: decision, call: call as Json, digest: digest as Json, comment })
}

function ended(taskId: string): Promise<JsonObject> {
  return until(async () => {
    const task = await ask('tasks/get', { taskId })
    return task['status'] === 'working' ? null : task
  }, 'the task to end')
}

test('a held call is a task until an operator approves it, and then has the result', async () => {
  await server.forget()
  const taskId = await heldTask('Ada')
  assert.deepEqual(await server.seen(), [])
  await decide('call.approve', 'go on')
  const { status, result } = await ended(taskId)
  assert.equal(status, 'completed')
  assert.match(JSON.stringify(result), /Hello, Ada!.*go on/u)
  assert.deepEqual(await server.seen(), ['tools/call greet'])
})

test('a denied call is a completed task whose result says why, and nothing reaches the server', async () => {
  await server.forget()
  const taskId = await heldTask('Bob')
  await decide('call.deny', 'not today')
  const { status, result } = await ended(taskId)
  assert.equal(status, 'completed')
  assert.equal((result as JsonObject)['isError'], true)
  assert.match(JSON.stringify(result), /not today/u)
  assert.deepEqual(await server.seen(), [])
})

test('a held task that is cancelled never happens, even if it is approved afterwards', async () => {
  await server.forget()
  const taskId = await heldTask('Cy')
  assert.deepEqual(Object.keys(await ask('tasks/cancel', { taskId })), ['resultType'])
  assert.equal((await ended(taskId))['status'], 'cancelled')
  // The decision stays open, because an agent that gave up may come back for it with the same call.
  await decide('call.approve', '')
  await ask('tools/call', { name: 'slow_compute', arguments: { seconds: 0, label: 'fence' } })
  assert.deepEqual(await server.seen(), ['tools/call slow_compute'])
})

test('a client that listens to a task is told when it ends', async () => {
  const taskId = await heldTask('Dee')
  const stream = await post('subscriptions/listen', { notifications: { taskIds: [taskId] } }, withTasks)
  const told = stream.body ?? assert.fail('no stream')
  const decoder = new TextDecoder()
  let text = ''
  let decided = false
  for await (const chunk of told) {
    text += decoder.decode(chunk, { stream: true })
    if (!decided && text.includes('acknowledged')) {
      decided = true
      await decide('call.approve', '')
    }
    if (text.includes('"completed"')) break
  }
  assert.match(text, /acknowledged.*taskIds/su)
  assert.match(text, /notifications\/tasks.*Hello, Dee!/su)
})
