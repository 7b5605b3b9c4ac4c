import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { decodeHeaderValue, encodeHeaderValue } from './header-value.ts'

test('text is carried as it is where a header can hold it, and escaped where it cannot', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['us-west1', 'us-west1'],
    ['', ''],
    ['us west 1', 'us west 1'],
    ['Hello, 世界', '=?base64?SGVsbG8sIOS4lueVjA==?='],
    [' padded ', '=?base64?IHBhZGRlZCA=?='],
    ['line1\nline2', '=?base64?bGluZTEKbGluZTI=?='],
    ['\tindented', '=?base64?CWluZGVudGVk?='],
    ['=?base64?literal?=', '=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?='],
    ['=?base64?=', '=?base64?='],
  ]
  for (const [text, value] of cases) assert.equal(encodeHeaderValue(text), value)
})

test('whatever is encoded is decoded to the same text and holds no byte that a header may not', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const value = encodeHeaderValue(text)
      assert.match(value, /^[\x20-\x7e]*$/u)
      assert.equal(value.trim(), value)
      assert.equal(decodeHeaderValue(value), text)
    }),
  )
})

test('a value that no correct sender writes is refused', () => {
  for (const value of [
    '=?base64?!!!!?=',
    '=?base64?SGVsbG8?=', // padding left out
    '=?base64?_-_-?=', // another alphabet
    '=?base64?gICA?=', // no UTF-8
    'caf\u00e9',
    'a\tb',
    'a\u0000b',
    ' padded',
  ])
    assert.equal(decodeHeaderValue(value), null, value)
})
