import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorMessage, rawParam, readMessage, resultMessage } from './message.ts'

const read = (text: string) => readMessage(Buffer.from(text))

test('requests, notifications and responses are told apart', () => {
  assert.equal(read('{"jsonrpc":"2.0","id":1,"method":"ping"}').kind, 'request')
  assert.equal(read('{"jsonrpc":"2.0","method":"notifications/initialized"}').kind, 'notification')
  assert.equal(read('{"jsonrpc":"2.0","id":"a","result":{}}').kind, 'response')
  const error = read('{"jsonrpc":"2.0","id":"a","error":{"code":-1,"message":"no","data":[1]}}')
  assert.ok(error.kind === 'response')
  assert.deepEqual(error.error, { code: -1, message: 'no' })
})

test('the bytes of a parameter are cut out as they came', () => {
  const message = read(
    '{"jsonrpc":"2.0","id":1,"method":"m","params":{"arguments": {"b":1.0, "a":"\\u0041"} }}',
  )
  assert.ok(message.kind === 'request')
  assert.equal(Buffer.from(rawParam(message, 'arguments') ?? []).toString(), '{"b":1.0, "a":"\\u0041"}')
  assert.equal(rawParam(message, 'none'), null)
})

for (const [name, text, code] of [
  ['no JSON', '{', -32_700],
  ['a line break', '{\n}', -32_700],
  ['a name twice', '{"jsonrpc":"2.0","id":1,"method":"a","method":"b"}', -32_700],
  ['an integer that loses digits', '{"jsonrpc":"2.0","id":9007199254740993,"method":"a"}', -32_700],
  ['a batch', '[{"jsonrpc":"2.0","id":1,"method":"ping"}]', -32_600],
  ['another version', '{"jsonrpc":"1.0","id":1,"method":"ping"}', -32_600],
  ['an id that is none', '{"jsonrpc":"2.0","id":null,"method":"ping"}', -32_600],
  ['an id without end', `{"jsonrpc":"2.0","id":"${'x'.repeat(257)}","method":"ping"}`, -32_600],
  ['neither a method nor a result', '{"jsonrpc":"2.0","id":1}', -32_600],
  ['a result and an error', '{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":""}}', -32_600],
  ['params that are no object', '{"jsonrpc":"2.0","id":1,"method":"m","params":[]}', -32_602],
  ['metadata that is no object', '{"jsonrpc":"2.0","id":1,"method":"m","params":{"_meta":1}}', -32_602],
] as const) {
  test(`${name} is a problem with a code`, () => {
    const message = read(text)
    assert.ok(message.kind === 'problem')
    assert.equal(message.error.code, code)
  })
}

test('a problem names the request where its id could be read', () => {
  const message = read('{"jsonrpc":"2.0","id":7,"method":"m","params":[]}')
  assert.ok(message.kind === 'problem')
  assert.equal(message.id, 7)
})

test('responses carry a result as it came, and an error without an id where none is known', () => {
  assert.equal(resultMessage('a"b', '{"x":1.0}'), '{"jsonrpc":"2.0","id":"a\\"b","result":{"x":1.0}}')
  assert.equal(
    errorMessage(null, { code: 1, message: 'm' }),
    '{"jsonrpc":"2.0","error":{"code":1,"message":"m"}}',
  )
})
