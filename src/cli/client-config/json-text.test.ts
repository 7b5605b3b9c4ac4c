import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { jsonDialects } from './json-format.ts'
import type { JsonDialect } from './json-text.ts'
import { nodeAt, parseJsonText } from './json-text.ts'

const { strict, comments, lenient } = jsonDialects

function problemOf(text: string, dialect: JsonDialect): string {
  const result = parseJsonText(text, dialect)
  assert.ok(!result.ok, text)
  return `${result.error.line}:${result.error.column} ${result.error.message}`
}

test('whatever JSON.stringify writes is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(undefined, 2, '\t'), (value, indent) => {
      const text = JSON.stringify(value, null, indent)
      const node = parseJsonText(text, strict)
      assert.ok(node.ok)
      assert.equal(JSON.stringify(node.value.value), JSON.stringify(JSON.parse(text)))
      assert.equal(text.slice(node.value.start, node.value.end), text)
    }),
    { numRuns: 300 },
  )
})

const jsonish = fc.string({
  maxLength: 12,
  unit: fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '"',
    ':',
    ',',
    '\\',
    'a',
    '1',
    '-',
    '.',
    'e',
    ' ',
    '\n',
    '/',
    '*',
    'true',
  ),
})

test('nothing that JSON.parse refuses is taken as strict JSON', () => {
  fc.assert(
    fc.property(jsonish, (text) => {
      const mine = parseJsonText(text, strict).ok
      let theirs = true
      try {
        JSON.parse(text)
      } catch {
        theirs = false
      }
      assert.ok(!mine || theirs, JSON.stringify(text))
    }),
    { numRuns: 3000 },
  )
})

test('every problem says where it is', () => {
  assert.equal(problemOf('{\n  "a": }', strict), '2:8 a value is expected here')
  assert.equal(
    problemOf('{"a":1,}', strict),
    '1:8 a comma before the closing bracket is not allowed in this file',
  )
  assert.equal(problemOf('// x\n{}', strict), '1:1 comments are not allowed in this file')
  assert.equal(problemOf('{"a":1 /* ', lenient), '1:8 this comment does not end')
  assert.equal(problemOf('{"a":1,"\\u0061":2}', lenient), '1:8 this name occurs twice')
  assert.equal(problemOf('{"a":1} x', lenient), '1:9 something follows after the end')
  assert.equal(problemOf('{"a":"x\n"}', lenient), '1:6 a text in double quotes is expected here')
  assert.match(problemOf('['.repeat(100), lenient), /nested more than 64 deep/)
  assert.equal(problemOf('', lenient), '1:1 a value is expected here')
})

test('a problem never quotes the text, which may hold secrets', () => {
  assert.doesNotMatch(problemOf('{"key": "s3cret" x', strict), /s3cret/)
})

test('comments and trailing commas are read where the client reads them', () => {
  const text = '\uFEFF{ // one\n "a": [1, /* two */ 2,], "b": {"c": "//no",},\n}'
  assert.ok(!parseJsonText(text, comments).ok)
  const root = parseJsonText(text, lenient)
  assert.ok(root.ok)
  assert.equal(JSON.stringify(root.value.value), '{"a":[1,2],"b":{"c":"//no"}}')
  const node = nodeAt(root.value, ['b', 'c'])
  assert.equal(node === null ? null : text.slice(node.start, node.end), '"//no"')
  assert.equal(nodeAt(root.value, ['b', 'd']), null)
})

test('a member called __proto__ is an ordinary member', () => {
  const root = parseJsonText('{"__proto__": {"x": 1}}', strict)
  assert.ok(root.ok)
  assert.equal(JSON.stringify(root.value.value), '{"__proto__":{"x":1}}')
})
