import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../base/json.ts'
import { callAnswer } from './call-answer.ts'

function answer(value: JsonObject) {
  const result = Buffer.from(JSON.stringify(value))
  return callAnswer('tools/call', { kind: 'result', id: 1, result, value })
}

test('a result is done as it came', () => {
  for (const value of [
    { content: [] },
    { content: [], resultType: 'complete', _meta: { 'example/key': 1 } },
  ]) {
    const answered = answer(value)
    assert.equal(answered.outcome, 'done')
    assert.equal(Buffer.from(answered.result).toString(), JSON.stringify(value))
  }
})

test('a question or a task that comes as a result would be believed by a client, and is a failure', () => {
  for (const resultType of ['input_required', 'task', 'partial', 1, null]) {
    const answered = answer({ content: [], resultType })
    assert.equal(answered.outcome, 'failed')
    assert.match(answered.reason, /nobody asked for/u)
  }
})

test('a result that says what only the gate says is a failure', () => {
  const answered = answer({ content: [], _meta: { 'custos/answer': { code: 'approved' } } })
  assert.equal(answered.outcome, 'failed')
  assert.match(answered.reason, /only the gate/u)
})
