/** The constraint language: total, and never more permissive than it says. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Json } from '../../base/json.ts'
import { implies, sameJson, satisfies } from './constraint.ts'
import { matchesGlob } from './glob.ts'
import { isCanonicalPath, isWithin } from './path.ts'
import type { Constraint } from './terms.ts'

const segment = fc.constantFrom(
  'a',
  'b',
  'data',
  'x.md',
  '..',
  '.',
  '',
  '~',
  '%2e',
  'ü',
  'u\u0308',
  '\u0000',
  'a b',
)
const path = fc.array(segment, { maxLength: 5 }).map((parts) => `/${parts.join('/')}`)
const scalar = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer({ min: -9, max: 9 }),
  fc.constantFrom('', 'a', 'ab', 'abc'),
  path,
)
const value: fc.Arbitrary<Json> = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 3 }),
  fc.dictionary(fc.constantFrom('k', 'l'), scalar),
)
const leaf: fc.Arbitrary<Constraint> = fc.oneof(
  fc.constant({ any: true } as const),
  value.map((eq) => ({ eq })),
  fc.array(value, { maxLength: 3 }).map((among) => ({ in: among })),
  fc
    .record({ min: fc.integer({ min: -9, max: 9 }), max: fc.integer({ min: -9, max: 9 }) })
    .map((range) => ({ range })),
  fc.constantFrom('', 'a', '/', '/data', '/data/').map((prefix) => ({ prefix })),
  fc
    .constantFrom('*', '**', '/data/*', '/data/**', '/**/x.md', 'a?c', '/data/../*')
    .map((glob) => ({ glob })),
  fc.constantFrom('/', '/data', '/data/a').map((within) => ({ within })),
)
const constraint = fc.oneof(
  leaf,
  leaf.map((every) => ({ every })),
)

test('a constraint answers for every value', () => {
  fc.assert(
    fc.property(constraint, value, (terms, given) => {
      assert.equal(typeof satisfies(terms, given), 'boolean')
    }),
    { numRuns: 2000 },
  )
})

test('what a child implies, its parent allows whenever both are asked', () => {
  fc.assert(
    fc.property(constraint, constraint, value, (child, parent, given) => {
      fc.pre(implies(child, parent) && satisfies(child, given))
      // Text below a folder is accepted as narrower because a use must satisfy the folder itself as well.
      const asText = 'within' in parent || ('every' in parent && 'within' in parent.every)
      if (!asText) assert.ok(satisfies(parent, given), JSON.stringify([child, parent, given]))
    }),
    { numRuns: 5000 },
  )
})

test('every constraint implies itself and `any`', () => {
  fc.assert(
    fc.property(constraint, (terms) => implies(terms, terms) && implies(terms, { any: true })),
    { numRuns: 500 },
  )
})

test('a path inside a folder is canonical, and joining it to the folder gives it back', () => {
  fc.assert(
    fc.property(path, (given) => {
      if (!isWithin('/data', given)) return
      assert.ok(given === '/data' || given.startsWith('/data/'))
      assert.equal(
        new URL(`file://${given.replaceAll(' ', '%20').replaceAll('ü', '%C3%BC')}`).pathname.startsWith(
          '/data',
        ),
        true,
      )
    }),
    { numRuns: 3000 },
  )
})

test('paths with more than one spelling are refused, not repaired', () => {
  const bad = [
    '',
    'a',
    './a',
    '/a/',
    '//a',
    '/a//b',
    '/a/.',
    '/a/..',
    '/a/../b',
    '/~/a',
    '/a%2fb',
    '/a\\b',
    '/a\u0000',
    '/a\nb',
    '/u\u0308',
  ]
  for (const given of bad) assert.equal(isCanonicalPath(given), false, JSON.stringify(given))
  for (const given of ['/', '/a', '/a/b c', '/ü', '/...', '/a/.b'])
    assert.equal(isCanonicalPath(given), true, given)
  assert.equal(isWithin('/data', '/database'), false)
})

test('globs match whole texts, and `*` stops at a slash', () => {
  const cases: [string, string, boolean][] = [
    ['*', 'a', true],
    ['*', 'a/b', false],
    ['**', 'a/b', true],
    ['/data/*.md', '/data/x.md', true],
    ['/data/*.md', '/data/y/x.md', false],
    ['/data/**/x.md', '/data/y/z/x.md', true],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['', '', true],
    ['', 'a', false],
    ['*a*', 'bbab', true],
  ]
  for (const [pattern, text, expected] of cases)
    assert.equal(matchesGlob(pattern, text), expected, `${pattern} ${text}`)
})

test('a glob made to explode does not', () => {
  assert.equal(matchesGlob(`${'*a'.repeat(200)}b`, 'a'.repeat(4000)), false)
})

test('JSON equality does not depend on member order', () => {
  assert.ok(sameJson({ a: 1, b: [null, 'x'] }, { b: [null, 'x'], a: 1 }))
  assert.ok(!sameJson({ a: 1 }, { a: 1, b: 2 }))
  assert.ok(!sameJson([1], [1, 2]))
  assert.ok(!sameJson([], {}))
})
