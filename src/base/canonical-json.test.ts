import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { canonicalJson } from './canonical-json.ts'
import { Fault } from './fault.ts'
import type { Json } from './json.ts'
import { parseStrictJson } from './strict-json.ts'

test('the example of RFC 8785 comes out as the RFC says', () => {
  const value: Json = {
    numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
    string: '\u20ac$\u000f\nA\'B"\\\\"/',
    literals: [null, true, false],
  }
  assert.equal(
    canonicalJson(value),
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
      '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  )
})

test('names are sorted by UTF-16 code units', () => {
  // The sorting example of RFC 8785, 3.2.3.
  const names = ['\u20ac', '\r', '\ufb33', '1', '\u{1f600}', '\u0080', '\u00f6']
  const object = Object.fromEntries(names.map((name, index) => [name, index]))
  const sorted = ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\u{1f600}', '\ufb33']
  assert.equal(
    canonicalJson(object),
    `{${sorted.map((name) => `${JSON.stringify(name)}:${names.indexOf(name)}`).join(',')}}`,
  )
  assert.equal(canonicalJson({ 10: 1, 9: 2, a: 3 }), '{"10":1,"9":2,"a":3}')
})

test('minus zero is written as zero', () => {
  assert.equal(canonicalJson(-0), '0')
})

test('what JSON cannot say is a fault', () => {
  let deep: Json = 1
  for (let level = 0; level < 65; level++) deep = [deep]
  const wrong: readonly unknown[] = [
    Number.NaN,
    Infinity,
    '\ud800',
    { '\udc00': 1 },
    { a: undefined },
    [() => 1],
    1n,
    deep,
  ]
  for (const value of wrong) assert.throws(() => canonicalJson(value as Json), Fault)
})

test('the order of members does not matter, and canonical text is a fixed point of parsing', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const text = canonicalJson(value as Json)
      assert.equal(canonicalJson(reversed(value as Json)), text)
      const parsed = parseStrictJson(Buffer.from(text))
      if (parsed.ok) assert.equal(canonicalJson(parsed.value), text)
      else assert.equal(parsed.error.reason, 'number-range')
    }),
    { numRuns: 500 },
  )
})

/** The same value with every object's members in the opposite order. */
function reversed(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return (value as readonly Json[]).map(reversed)
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, reversed(member)]),
  )
}
