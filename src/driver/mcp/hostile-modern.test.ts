/** What a stateless server may try, and what comes of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resultOf } from '../../../test/harness/met-server.ts'
import type { Scripted } from '../../../test/harness/scripted-server.ts'
import { at, scripted, turn } from '../../../test/harness/scripted-server.ts'
import type { Json, JsonObject } from '../../base/json.ts'
import type { ReverseSelector } from '../../kernel/manifest.ts'
import { metaKeys } from '../../mcp/meta.ts'
import { roundLimits } from './input-round.ts'
import { listeningTimes } from './listening.ts'
import type { AskAnswer, CallAnswer } from './session.ts'

const declared: readonly ReverseSelector[] = ['client/roots', 'client/sampling', 'client/elicitation']
const question = {
  method: 'elicitation/create',
  params: { message: 'm', requestedSchema: { type: 'object', properties: {} } },
}
const sampling = { method: 'sampling/createMessage', params: { messages: [], maxTokens: 1 } }
const accept = (): Promise<AskAnswer> =>
  Promise.resolve({ kind: 'answered', result: Buffer.from('{"action":"accept"}') })

function reasonOf(answer: CallAnswer): string {
  return answer.outcome === 'failed' ? answer.reason : ''
}

/** Answers the last request with a demand for input. */
function demand(it: Scripted, more: JsonObject): void {
  it.say({ id: it.last()['id'] as number, result: { resultType: 'input_required', ...more } })
}

test('every request says what is spoken and what may be asked, and nothing of it is the caller’s', () => {
  const it = scripted('modern', { declared })
  it.call('tools/a', '{"_meta":{"x":1}}', { answers: ['client/sampling'], progress: true, log: 'error' })
  const params = it.last()['params'] as JsonObject
  assert.deepEqual(params['arguments'], { _meta: { x: 1 } })
  assert.deepEqual(at(params, '_meta', metaKeys.clientCapabilities), { roots: {}, sampling: {} })
  assert.equal(at(params, '_meta', metaKeys.protocolVersion), '2026-07-28')
  assert.equal(at(params, '_meta', metaKeys.logLevel), 'error')
  assert.equal(at(params, '_meta', 'progressToken'), 1)
})

test('a server that sends requests breaks the protocol and is not answered', () => {
  const it = scripted('modern', { declared })
  it.call('tools/a', '{}', { answer: accept })
  const before = it.sent.length
  it.say({ id: 'e', ...question })
  assert.equal(it.conversation.violations, 1)
  assert.equal(it.sent.length, before)
})

test('what it wants remembered goes back as it came, to it alone', async () => {
  const it = scripted('modern', { declared })
  const call = it.call('tools/a', '{"n":1.0}', { answer: accept })
  demand(it, { inputRequests: { q: question }, requestState: 'seal\u2028ed"' })
  await turn()
  await turn()
  assert.equal(it.sent.length, 2)
  assert.notEqual(it.last()['id'], 1)
  assert.match(
    it.sent[1]?.text ?? '',
    /"arguments":\{"n":1\.0\},"inputResponses":\{"q":\{"action":"accept"\}\}/,
  )
  assert.equal(at(it.last(), 'params', 'requestState'), 'seal\u2028ed"')
  assert.ok(!call.asked.some(({ params }) => params.includes('seal')))
  it.say({ id: 2, result: { ok: true } })
  assert.deepEqual(resultOf(await call.answer), { ok: true })
})

test('a server that is never satisfied is asked so often and no more', async () => {
  const it = scripted('modern', { declared })
  const call = it.call('tools/a', '{}', { answer: accept })
  for (let round = 0; round < roundLimits.rounds; round++) {
    demand(it, { inputRequests: { q: question }, requestState: 'again' })
    await turn()
    await turn()
  }
  assert.match(reasonOf(await call.answer), /more than 16 times/)
  assert.equal(it.sent.length, roundLimits.rounds)
})

test('when something was answered the request goes back without what was refused', async () => {
  const it = scripted('modern', { declared })
  it.call('tools/a', '{}', {
    answer: (selector) =>
      selector === 'client/elicitation'
        ? accept()
        : Promise.resolve({ kind: 'refused', code: 'selector-not-granted', message: 'No.', needed: '' }),
  })
  demand(it, { inputRequests: { q: question, s: sampling } })
  await turn()
  await turn()
  assert.deepEqual(at(it.last(), 'params', 'inputResponses'), { q: { action: 'accept' } })
  assert.equal(at(it.last(), 'params', 'requestState'), undefined)
})

test('an operator’s no to a question is the answer that declines', async () => {
  const it = scripted('modern', { declared })
  it.call('tools/a', '{}', {
    answer: () => Promise.resolve({ kind: 'refused', code: 'approval-denied', message: 'No.', needed: '' }),
  })
  demand(it, { inputRequests: { q: question } })
  await turn()
  await turn()
  assert.deepEqual(at(it.last(), 'params', 'inputResponses'), { q: { action: 'decline' } })
})

test('demands that make no sense end the call', async () => {
  const many = Object.fromEntries(
    Array.from({ length: roundLimits.questions + 1 }, (_, n) => [`q${n}`, question]),
  )
  const senseless: readonly JsonObject[] = [
    {},
    { requestState: 1 },
    { requestState: 'x'.repeat(roundLimits.stateBytes + 1) },
    { inputRequests: [] },
    { inputRequests: { q: null } },
    { inputRequests: { q: { method: 'tools/call', params: {} } } },
    { inputRequests: { q: { method: 'elicitation/create', params: { message: 1 } } } },
    { inputRequests: many },
  ]
  for (const more of senseless) {
    const it = scripted('modern', { declared })
    const call = it.call('tools/a', '{}', { answer: accept })
    demand(it, more)
    assert.match(
      reasonOf(await call.answer),
      /the server needs input, but/,
      JSON.stringify(more).slice(0, 80),
    )
    assert.deepEqual(call.asked, [])
  }
})

test('what was not declared is not asked, whatever the server demands', async () => {
  const it = scripted('modern', { declared: ['client/roots'] })
  const call = it.call('tools/a', '{}', { answer: accept })
  demand(it, { inputRequests: { q: question } })
  assert.match(reasonOf(await call.answer), /was not declared/)
  assert.deepEqual(call.asked, [])
})

test('kinds of results that nobody asked for are failures', async () => {
  for (const [selector, resultType] of [
    ['tools/a', 'task'],
    ['tools/a', 7],
    ['completion/complete', 'input_required'],
  ] as const) {
    const it = scripted('modern', { declared })
    const args = selector === 'completion/complete' ? '{"ref":{},"argument":{}}' : '{}'
    const call = it.call(selector, args, { answer: accept })
    it.say({ id: 1, result: { resultType, requestState: 'x' } })
    assert.match(reasonOf(await call.answer), /nobody asked for/)
  }
})

test('over HTTP a call that is given up is only hung up on; over a pipe the server is told', () => {
  const http = scripted('modern', { kind: 'http' })
  http.call('tools/a').cancel()
  assert.deepEqual([http.sent.length, http.abandoned], [1, [1]])
  const stdio = scripted('modern')
  stdio.call('tools/a').cancel()
  assert.equal(stdio.last()['method'], 'notifications/cancelled')
})

const lists = { tools: { listChanged: true }, resources: {} }

/** A notification on subscription `id`. */
function told(id: number, method: string, params: JsonObject = {}): JsonObject {
  return {
    method: `notifications/${method}`,
    params: { ...params, _meta: { [metaKeys.subscriptionId]: id } },
  }
}

test('nothing is heard before it is acknowledged, on another stream, or under another’s number', () => {
  const it = scripted('modern', { kind: 'http', capabilities: lists })
  it.session.listen()
  assert.deepEqual(at(it.last(), 'params', 'notifications'), { toolsListChanged: true })
  it.say(told(1, 'tools/list_changed'), 1)
  it.say(told(1, 'subscriptions/acknowledged', { notifications: {} }), 1)
  it.say(told(1, 'tools/list_changed'), 2)
  it.say(told(7, 'tools/list_changed'), 1)
  it.say({ method: 'notifications/tools/list_changed' }, 1)
  assert.deepEqual(it.changes, [])
  it.say(told(1, 'tools/list_changed'), 1)
  assert.deepEqual(it.changes, ['definitions'])
})

test('one more subscription opens a larger stream and closes the smaller once that is acknowledged', async () => {
  const it = scripted('modern', { capabilities: lists })
  const uris = (): Json | undefined => at(it.last(), 'params', 'notifications', 'resourceSubscriptions')
  it.session.listen()
  it.say(told(1, 'subscriptions/acknowledged', { notifications: {} }))
  await turn()
  const a = it.call('resources/subscribe', '{"uri":"x:a"}')
  await turn()
  assert.deepEqual(uris(), ['x:a'])
  const [b, c] = [
    it.call('resources/subscribe', '{"uri":"x:b"}'),
    it.call('resources/subscribe', '{"uri":"x:c"}'),
  ]
  it.say(told(2, 'subscriptions/acknowledged', { notifications: { resourceSubscriptions: ['x:a'] } }))
  assert.deepEqual(
    at(
      it.sent.find(({ message }) => message['method'] === 'notifications/cancelled')?.message,
      'params',
      'requestId',
    ),
    1,
  )
  assert.deepEqual(resultOf(await a.answer), {})
  await turn()
  assert.deepEqual(uris(), ['x:a', 'x:b', 'x:c'], 'both at once')
  it.say(told(2, 'resources/updated', { uri: 'x:a' }))
  it.say(told(3, 'subscriptions/acknowledged', { notifications: { resourceSubscriptions: ['x:a', 'x:b'] } }))
  assert.equal((await b.answer).outcome, 'done')
  assert.match(reasonOf(await c.answer), /does not tell of changes of this resource/)
  assert.deepEqual(it.changes, ['x:a'])
})

test('what nobody hears of any more is left out of the next stream, and the last stream is closed', async () => {
  const it = scripted('modern', {})
  const calls = ['x:a', 'x:b'].map((uri) => it.call('resources/subscribe', JSON.stringify({ uri })))
  await turn()
  const both = { notifications: { resourceSubscriptions: ['x:a', 'x:b'] } }
  it.say(told(1, 'subscriptions/acknowledged', both))
  it.say(told(2, 'subscriptions/acknowledged', both))
  for (const call of calls) assert.equal((await call.answer).outcome, 'done')
  const cancelled = (): number =>
    it.sent.filter(({ message }) => message['method'] === 'notifications/cancelled').length
  const before = cancelled()
  it.session.unsubscribe('x:a')
  assert.deepEqual(at(it.last(), 'params', 'notifications', 'resourceSubscriptions'), ['x:b'])
  it.session.unsubscribe('x:b')
  assert.ok(cancelled() > before)
  const all = it.sent.length
  it.session.unsubscribe('x:b')
  assert.equal(it.sent.length, all)
})

test('a server that does not know subscriptions says so to whoever subscribes', async () => {
  const it = scripted('modern', { capabilities: lists })
  const call = it.call('resources/subscribe', '{"uri":"x:a"}')
  await turn()
  it.say({ id: 1, error: { code: -32_601, message: 'no such method' } })
  assert.match(reasonOf(await call.answer), /^error -32601$/)
})

test('a stream that the server ends is opened again after a pause', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const it = scripted('modern', { capabilities: lists })
  it.session.listen()
  for (let opened = 1; opened <= 3; opened++) {
    it.say({ id: opened, result: { resultType: 'complete' } })
    await Promise.resolve()
    await Promise.resolve()
    assert.equal(it.sent.length, opened)
    context.mock.timers.tick(listeningTimes.firstPauseMs * 2 ** (opened - 1))
    assert.equal(it.sent.length, opened + 1)
  }
})
