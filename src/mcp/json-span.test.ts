import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { spanOf } from './json-span.ts'

function textAt(text: string, path: readonly string[]): string | null {
  const bytes = Buffer.from(text)
  const span = spanOf(bytes, path)
  return span === null ? null : bytes.subarray(span.start, span.end).toString()
}

test('the bytes of a member are found as they are, spaces and all', () => {
  const text = '{"a": 1.50, "params" : { "name":"x","arguments":{ "p" : [1, "]}" ] } } }'
  assert.equal(textAt(text, ['a']), '1.50')
  assert.equal(textAt(text, ['params', 'arguments']), '{ "p" : [1, "]}" ] }')
  assert.equal(textAt(text, ['params', 'arguments', 'p']), '[1, "]}" ]')
  assert.equal(textAt(` ${text} `, []), text)
})

test('names are compared unescaped, and only at their own level', () => {
  assert.equal(textAt('{"\\u0061":1}', ['a']), '1')
  assert.equal(textAt('{"x":{"a":1},"a":2}', ['a']), '2')
  assert.equal(textAt('{"x":"\\"a\\":3","é":4}', ['é']), '4')
})

test('what is not there is null', () => {
  assert.equal(textAt('{"a":1}', ['b']), null)
  assert.equal(textAt('{"a":1}', ['a', 'b']), null)
  assert.equal(textAt('{}', ['a']), null)
  assert.equal(textAt('[1]', ['0']), null)
  assert.equal(textAt('', []), null)
  assert.equal(textAt('', ['a']), null)
})

test('the span of every member of every object parses to that member', () => {
  const indent = fc.constantFrom(0, 1, 2)
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), indent, (object, spaces) => {
      const text = JSON.stringify(object, null, spaces)
      const reread = JSON.parse(text) as { [name: string]: unknown }
      for (const name of Object.keys(reread)) {
        const found = textAt(text, [name])
        assert.ok(found !== null)
        assert.deepEqual(JSON.parse(found), reread[name])
      }
    }),
  )
})

test('broken text gives null or some span inside it, and never throws', () => {
  const text = fc.array(fc.constantFrom('{', '}', '[', ']', ',', ':', '"a"', '"', '\\', '1', ' '), {
    maxLength: 16,
  })
  fc.assert(
    fc.property(text, (parts) => {
      const bytes = Buffer.from(parts.join(''))
      const span = spanOf(bytes, ['a'])
      if (span !== null) assert.ok(span.start >= 0 && span.start < span.end && span.end <= bytes.length)
    }),
    { numRuns: 3_000 },
  )
})
