import assert from 'node:assert/strict'
import { test } from 'node:test'
import { escapedNameTexts } from '../../../test/harness/escaped-names.ts'
import type { ServerMessage } from './message.ts'
import { maxDepth, readServerMessage } from './message.ts'

function read(text: string): ServerMessage {
  return readServerMessage(Buffer.from(text))
}

function kindOf(text: string): string {
  return read(text).kind
}

test('a result is the bytes that the server wrote, with spaces for line breaks', () => {
  const message = read('{"jsonrpc":"2.0","id":1,"result": {\n\t"big": 12345678901234567890, "s":"\\n" } }')
  assert.ok(message.kind === 'result')
  assert.equal(Buffer.from(message.result).toString(), '{  "big": 12345678901234567890, "s":"\\n" }')
})

test('an error keeps its bytes beside its words', () => {
  const message = read('{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"no","data":[1.0]}}')
  assert.ok(message.kind === 'error')
  assert.equal(message.code, -32_000)
  assert.equal(Buffer.from(message.error).toString(), '{"code":-32000,"message":"no","data":[1.0]}')
  assert.deepEqual(message.data, [1])
})

test('parameters that are absent are an empty object', () => {
  const message = read('{"jsonrpc":"2.0","id":"r","method":"roots/list"}')
  assert.ok(message.kind === 'request')
  assert.equal(Buffer.from(message.params).toString(), '{}')
})

test('what is meant as an answer and is none ends the request it names', () => {
  for (const rest of [
    '',
    ',"result":1',
    ',"result":[]',
    ',"result":{"a":}',
    ',"result":{"a":"\n"}',
    `,"result":{"a":${'['.repeat(maxDepth)}${']'.repeat(maxDepth)}}`,
    ',"error":{}',
    ',"error":"no"',
    ',"error":{"code":1.5,"message":"x"}',
    ',"error":{"code":1,"message":"x"},"result":{}',
  ])
    assert.equal(kindOf(`{"jsonrpc":"2.0","id":7${rest}}`), 'unusable', rest)
})

test('everything else is garbage', () => {
  for (const text of [
    'hello',
    '[]',
    '[{"jsonrpc":"2.0","method":"x"}]',
    '{"id":1,"result":{}}',
    '{"jsonrpc":"1.0","id":1,"result":{}}',
    '{"jsonrpc":"2.0","id":"1","result":{}}',
    '{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":""}}',
    '{"jsonrpc":"2.0","id":1.5,"result":{}}',
    '{"jsonrpc":"2.0","id":[],"method":"x"}',
    '{"jsonrpc":"2.0","method":1}',
    '{"jsonrpc":"2.0","id":1,"id":2,"result":{}}',
    `{"jsonrpc":"2.0","method":"x","params":${'['.repeat(200)}${']'.repeat(200)}}`,
    `{"jsonrpc":"2.0","id":"${'x'.repeat(300)}","method":"x"}`,
  ])
    assert.equal(kindOf(text), 'garbage', text)
  assert.equal(readServerMessage(Buffer.from([0x7b, 0xff, 0x7d])).kind, 'garbage')
})

test('a result has the members that its server named, however they are escaped', () => {
  for (const { text, names } of escapedNameTexts()) {
    const message = read(`{"jsonrpc":"2.0","id":1,"result":${text}}`)
    assert.ok(message.kind === 'result' && Object.keys(message.value).join(' ') === names.join(' '), text)
  }
})
