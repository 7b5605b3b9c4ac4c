import assert from 'node:assert/strict'
import { test } from 'node:test'
import { membersOf } from './json-members.ts'

function texts(text: string): { readonly [name: string]: readonly [string, number] } | null {
  const bytes = Buffer.from(text)
  const members = membersOf(bytes)
  if (members === null) return null
  return Object.fromEntries(
    [...members].map(([name, { start, end, depth }]) => [
      name,
      [bytes.subarray(start, end).toString(), depth],
    ]),
  )
}

test('values are found where they lie, with their depth', () => {
  assert.deepEqual(texts(' { "a" : [1, {"b":"]}\\""}] ,"\\u0062":-1.5e3, "c":"x" } '), {
    a: ['[1, {"b":"]}\\""}]', 2],
    b: ['-1.5e3', 0],
    c: ['"x"', 0],
  })
  assert.deepEqual(texts('{}'), {})
  assert.deepEqual(texts('{"a":{}}\r'), { a: ['{}', 1] })
})

test('what is no object, is cut off, goes on after its end or names a member twice has no members', () => {
  for (const text of [
    '',
    ' ',
    '[]',
    'null',
    '{',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,',
    '{"a":1,}',
    '{"a" 1}',
    '{a:1}',
    '{"a":}',
    '{"a":[1}',
    '{"a":"x}',
    '{} {}',
    '{"a":1}x',
    '{"a":1,"a":2}',
    '{"a":1,"\\u0061":2}',
    '{"\\x":1}',
  ])
    assert.equal(texts(text), null, text)
})

test('a million levels are measured without recursion', () => {
  const depth = 1_000_000
  const deep = `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`
  assert.equal(membersOf(Buffer.from(deep))?.get('a')?.depth, depth)
})
