/** Tasks as a client of the extension sees them, over calls that the test plays. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../base/json.ts'
import type { PendingAsk, PendingCall } from './pending-call.ts'
import type { RpcAnswer } from './reply.ts'
import { taskRetentionMs } from './task-entry.ts'
import type { TaskMethod } from './task-methods.ts'
import { answerTaskMethod, isTaskMethod } from './task-methods.ts'
import { TaskTable, taskLimits } from './task-table.ts'
import { graceMs, nextTurn, taskSupportOf } from './task-turn.ts'

/** A call that does what the test says. */
class FakeCall implements PendingCall {
  readonly answer: Promise<RpcAnswer>
  readonly asks = new Map<string, PendingAsk>()
  readonly given: [string, JsonObject][] = []
  held: PendingCall['held'] = null
  status = ''
  cancels = 0
  readonly #listeners = new Set<() => void>()
  readonly #settle: (answer: RpcAnswer) => void

  constructor() {
    const { promise, resolve } = Promise.withResolvers<RpcAnswer>()
    this.answer = promise
    this.#settle = resolve
  }

  get listeners(): number {
    return this.#listeners.size
  }

  ask(key: string, message = key): void {
    this.asks.set(key, { method: 'elicitation/create', params: { message } })
    this.changed()
  }

  answerAsk(key: string, result: JsonObject): boolean {
    if (result['bad'] === true || !this.asks.delete(key)) return false
    this.given.push([key, result])
    this.changed()
    return true
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  changed(): void {
    for (const listener of this.#listeners) listener()
  }

  cancel(): void {
    this.cancels += 1
  }

  async end(answer: RpcAnswer): Promise<void> {
    this.#settle(answer)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

interface Bench {
  readonly tasks: TaskTable
  readonly call: FakeCall
  readonly created: JsonObject
  readonly id: string
  readonly tick: (ms: number) => void
  readonly ask: (method: TaskMethod, params?: JsonObject, agent?: string) => JsonObject
}

const agent = 'a'.repeat(64)

function bench(): Bench {
  let now = Date.UTC(2026, 10, 21)
  const tasks = new TaskTable(() => now)
  const call = new FakeCall()
  const created = create(tasks, agent, call)
  const id = created['taskId'] as string
  return {
    tasks,
    call,
    created,
    id,
    tick: (ms) => void (now += ms),
    ask: (method, params = {}, who = agent) => ask(tasks, method, { taskId: id, ...params }, who),
  }
}

function create(tasks: TaskTable, who: string, call: PendingCall): JsonObject {
  const text = tasks.create(who, call)
  assert.ok(text !== null)
  return JSON.parse(text) as JsonObject
}

/** The result, or the error's code under `code`. */
function ask(tasks: TaskTable, method: TaskMethod, params: JsonObject, who = agent): JsonObject {
  const answer = answerTaskMethod(tasks, method, who, params, true)
  return 'error' in answer ? { code: answer.error.code } : (JSON.parse(answer.result) as JsonObject)
}

test('a task is there as soon as it is made, and says how to ask for it', () => {
  const { created, id, ask } = bench()
  assert.deepEqual(created, {
    resultType: 'task',
    taskId: id,
    status: 'working',
    createdAt: '2026-11-21T00:00:00.000Z',
    lastUpdatedAt: '2026-11-21T00:00:00.000Z',
    ttlMs: null,
    pollIntervalMs: 1000,
  })
  assert.deepEqual(ask('tasks/get'), { ...created, resultType: 'complete' })
})

test('no two tasks have ids that anyone could guess', () => {
  const tasks = new TaskTable()
  const ids = Array.from({ length: 64 }, () => create(tasks, agent, new FakeCall())['taskId'] as string)
  assert.equal(new Set(ids).size, 64)
  for (const id of ids) assert.match(id, /^[\w-]{32}$/)
})

test('a held call says what it waits for, and is to be asked for less often', () => {
  const { call, ask } = bench()
  call.held = { demands: ['the grant asks'], expiresAt: Date.UTC(2026, 10, 21, 1) }
  call.status = 'An operator must approve this call (the grant asks).'
  call.changed()
  const { status, statusMessage, pollIntervalMs } = ask('tasks/get')
  assert.deepEqual([status, pollIntervalMs], ['working', 3000])
  assert.equal(
    statusMessage,
    'An operator must approve this call (the grant asks). It waits until 2026-11-21T01:00:00.000Z.',
  )
})

test('a finished call is a completed task with the very bytes of its result', async () => {
  const { tasks, call, id, tick, ask } = bench()
  tick(2000)
  const result = '{"content":[],  "structuredContent":{"n":1.50,"big":1e2}}'
  await call.end({ result })
  const answer = answerTaskMethod(tasks, 'tasks/get', agent, { taskId: id }, true)
  assert.ok('result' in answer && answer.result.endsWith(`,"result":${result}}`))
  const { status, ttlMs, lastUpdatedAt } = ask('tasks/get')
  assert.deepEqual(
    [status, ttlMs, lastUpdatedAt],
    ['completed', 2000 + taskRetentionMs, '2026-11-21T00:00:02.000Z'],
  )
  assert.equal(call.listeners, 0)
})

test('a tool that reports an error has completed; only an error of the protocol is a failure', async () => {
  const [one, other] = [bench(), bench()]
  await one.call.end({ result: '{"content":[],"isError":true}' })
  assert.deepEqual(one.ask('tasks/get')['status'], 'completed')
  await other.call.end({ error: { code: -32_000, message: 'no such luck', data: { a: 1 } } })
  const { status, statusMessage, error, result } = other.ask('tasks/get')
  assert.deepEqual([status, statusMessage, result], ['failed', 'no such luck', undefined])
  assert.deepEqual(error, { code: -32_000, message: 'no such luck', data: { a: 1 } })
})

test('what a call asks is answered piece by piece, and what nobody asked is ignored', () => {
  const { call, ask } = bench()
  call.ask('one')
  call.ask('two')
  const before = ask('tasks/get')
  assert.equal(before['status'], 'input_required')
  assert.deepEqual(before['inputRequests'], {
    one: { method: 'elicitation/create', params: { message: 'one' } },
    two: { method: 'elicitation/create', params: { message: 'two' } },
  })
  const yes = { action: 'accept', content: {} }
  assert.deepEqual(ask('tasks/update', { inputResponses: { one: yes, three: {} } }), {
    resultType: 'complete',
  })
  const after = ask('tasks/get')
  assert.deepEqual(Object.keys(after['inputRequests'] as JsonObject), ['two'])
  ask('tasks/update', { inputResponses: { one: { action: 'decline' }, two: yes } })
  assert.deepEqual(call.given, [
    ['one', yes],
    ['two', yes],
  ])
  const done = ask('tasks/get')
  assert.deepEqual([done['status'], done['inputRequests']], ['working', undefined])
})

test('an answer that does not fit leaves the question open', () => {
  const { call, ask } = bench()
  call.ask('one')
  assert.deepEqual(ask('tasks/update', { inputResponses: { one: { bad: true } } }), {
    resultType: 'complete',
  })
  assert.equal(ask('tasks/get')['status'], 'input_required')
})

test('a key that a server uses again is another name in the task', () => {
  const { call, ask } = bench()
  const names = []
  for (const round of ['first', 'second', 'third']) {
    call.ask('name', round)
    const asked = ask('tasks/get')['inputRequests'] as JsonObject
    const [name = ''] = Object.keys(asked)
    assert.deepEqual(Object.keys(ask('tasks/get')['inputRequests'] as JsonObject), [name])
    names.push(name)
    ask('tasks/update', { inputResponses: { [name]: { round } } })
  }
  assert.deepEqual(names, ['name', 'name-2', 'name-3'])
  assert.deepEqual(
    call.given.map(([key, { round }]) => [key, round]),
    ['first', 'second', 'third'].map((round) => ['name', round]),
  )
})

test('a cancelled task is cancelled when its call has ended so, and keeps what it says about that', async () => {
  const { call, ask } = bench()
  assert.deepEqual(ask('tasks/cancel'), { resultType: 'complete' })
  assert.equal(call.cancels, 1)
  assert.deepEqual(ask('tasks/get')['status'], 'working')
  await call.end({ result: '{"isError":true,"content":[{"type":"text","text":"The call is in doubt."}]}' })
  const { status, statusMessage, result } = ask('tasks/get')
  assert.deepEqual([status, statusMessage, result], ['cancelled', 'The call is in doubt.', undefined])
  assert.deepEqual(ask('tasks/cancel'), { resultType: 'complete' })
  assert.equal(call.cancels, 1)
})

test('work that was done before it could be cancelled is completed', async () => {
  const { call, ask } = bench()
  ask('tasks/cancel')
  await call.end({ result: '{"content":[]}' })
  assert.equal(ask('tasks/get')['status'], 'completed')
})

test('to another agent a task is as unknown as one that never was', () => {
  const { tasks, call, id } = bench()
  const stranger = 'b'.repeat(64)
  for (const method of ['tasks/get', 'tasks/update', 'tasks/cancel'] as const) {
    const params = { inputResponses: {} }
    const [theirs, nobodys] = [id, 'never'].map((taskId) =>
      answerTaskMethod(tasks, method, stranger, { ...params, taskId }, true),
    )
    assert.deepEqual(theirs, nobodys)
    assert.ok(theirs !== undefined && 'error' in theirs && theirs.error.code === -32_602)
  }
  assert.equal(call.cancels, 0)
  assert.deepEqual(tasks.watch(stranger, [id], {}, assert.fail).taskIds, [])
})

test('a client that did not declare the extension learns which one is missing', () => {
  const { tasks, id } = bench()
  const answer = answerTaskMethod(tasks, 'tasks/get', agent, { taskId: id }, false)
  assert.ok('error' in answer)
  assert.equal(answer.error.code, -32_021)
  assert.deepEqual(answer.error.data, {
    requiredCapabilities: { extensions: { 'io.modelcontextprotocol/tasks': {} } },
  })
})

test('parameters of the wrong form are refused', () => {
  const { tasks, id } = bench()
  const cases: readonly (readonly [TaskMethod, JsonObject])[] = [
    ['tasks/get', {}],
    ['tasks/get', { taskId: 7 }],
    ['tasks/update', { taskId: id }],
    ['tasks/update', { taskId: id, inputResponses: [] }],
    ['tasks/update', { taskId: id, inputResponses: { one: 'yes' } }],
  ]
  for (const [method, params] of cases) assert.deepEqual(ask(tasks, method, params), { code: -32_602 })
  for (const gone of ['tasks/list', 'tasks/result', 'tasks', '']) assert.equal(isTaskMethod(gone), false)
})

test('an outcome is kept for its time, and a task without one for as long as it takes', async () => {
  const { call, tick, ask } = bench()
  tick(10 * taskRetentionMs)
  assert.equal(ask('tasks/get')['status'], 'working')
  await call.end({ result: '{}' })
  tick(taskRetentionMs - 1)
  assert.equal(ask('tasks/get')['status'], 'completed')
  tick(1)
  assert.deepEqual(ask('tasks/get'), { code: -32_602 })
})

test('an agent that has its share of tasks gets no more, and others still do', () => {
  const { tasks } = bench()
  for (let count = 1; count < taskLimits.agent; count += 1) create(tasks, agent, new FakeCall())
  const call = new FakeCall()
  assert.equal(tasks.create(agent, call), null)
  assert.equal(call.listeners, 0, 'a call without room is left alone')
  create(tasks, 'b'.repeat(64), new FakeCall())
})

test('when an agent lets large outcomes pile up, its own oldest are forgotten', async () => {
  const { tasks, id, call, ask } = bench()
  const other = new FakeCall()
  const others = create(tasks, 'b'.repeat(64), other)['taskId'] as string
  const large = JSON.stringify({ text: 'x'.repeat(1_000_000) })
  await other.end({ result: large })
  await call.end({ result: large })
  for (let count = 0; count < 17; count += 1) {
    const next = new FakeCall()
    create(tasks, agent, next)
    await next.end({ result: large })
  }
  assert.deepEqual(ask('tasks/get'), { code: -32_602 })
  assert.equal(tasks.find(agent, id), null)
  assert.notEqual(tasks.find('b'.repeat(64), others), null)
})

test('a watch tells each change that shows once, as the task is then, and ends when told', async () => {
  const { tasks, call, id } = bench()
  const told: JsonObject[] = []
  const meta = { subscription: 7 }
  const watch = tasks.watch(
    agent,
    [id, 'never', id],
    meta,
    (text) => void told.push(JSON.parse(text) as JsonObject),
  )
  assert.deepEqual(watch.taskIds, [id])
  call.changed()
  call.status = 'halfway'
  call.changed()
  call.changed()
  call.ask('one')
  await call.end({ result: '{"content":[]}' })
  const seen = told.map(({ _meta, taskId, status, statusMessage }) => [_meta, taskId, status, statusMessage])
  assert.deepEqual(seen, [
    [meta, id, 'working', 'halfway'],
    [meta, id, 'input_required', 'halfway'],
    [meta, id, 'completed', undefined],
  ])
  assert.deepEqual(told.at(-1)?.['result'], { content: [] })
})

test('a watch that ended hears nothing more', () => {
  const { tasks, call, id } = bench()
  const watch = tasks.watch(agent, [id], {}, assert.fail)
  watch.end()
  call.ask('one')
})

test('the tasks of an agent that is gone are cancelled and forgotten', () => {
  const { tasks, call, id } = bench()
  tasks.forget(agent)
  assert.equal(call.cancels, 1)
  assert.equal(tasks.find(agent, id), null)
})

test('the first thing a call shows decides its turn', async () => {
  const [done, asking, held, slow] = [new FakeCall(), new FakeCall(), new FakeCall(), new FakeCall()]
  const turns = [done, asking, held].map((call) => nextTurn(call, 60_000))
  await done.end({ result: '{}' })
  asking.ask('one')
  held.held = { demands: [], expiresAt: 1 }
  held.changed()
  assert.deepEqual(await Promise.all(turns), ['answered', 'asks', 'task'])
  assert.equal(await nextTurn(slow, 1), 'task')
  assert.deepEqual(
    [done, asking, held, slow].map(({ listeners }) => listeners),
    [0, 0, 0, 0],
  )
})

test('a tool says by its definition whether it expects to be a task', () => {
  assert.equal(taskSupportOf({ execution: { taskSupport: 'required' } }), 'required')
  assert.equal(taskSupportOf({ execution: { taskSupport: 'optional' } }), 'optional')
  for (const odd of [{}, { execution: 'required' }, { execution: { taskSupport: 7 } }])
    assert.equal(taskSupportOf(odd), 'forbidden')
  assert.ok(graceMs.optional < graceMs.forbidden)
})
