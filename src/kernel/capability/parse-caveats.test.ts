/** Reading caveats: what is exactly right is taken as it is, and everything else is refused. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from '../../base/json.ts'
import { limits } from '../limits.ts'
import { parseCaveats } from './parse-caveats.ts'

const terms = (constraint: Json): Json => ({ where: { '*': { arguments: { a: { constraint } } } } })
const nested = (depth: number): Json => (depth === 0 ? { any: true } : { every: nested(depth - 1) })
const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `n${index}`)
const named = (count: number): Json =>
  Object.fromEntries(names(count).map((name) => [name, { constraint: { any: true } }]))
const long = (length: number): string => 'x'.repeat(length)

const right: readonly Json[] = [
  {},
  { selectors: ['tools/a'] },
  { selectors: names(limits.selectorsPerCapability) },
  { selectors: [long(limits.textLength)] },
  { where: {} },
  { where: { '*': { arguments: {} } } },
  { where: { '*': { arguments: {}, open: true } } },
  { where: { 'tools/a': { arguments: { a: { constraint: { any: true }, optional: true } } } } },
  { where: { '*': { arguments: named(limits.argumentTermsPerSelector) } } },
  {
    where: Object.fromEntries(names(limits.selectorsPerCapability).map((name) => [name, { arguments: {} }])),
  },
  terms({ eq: null }),
  terms({ eq: { a: [1] } }),
  terms({ in: [] }),
  terms({ in: names(limits.constraintValues) }),
  terms({ range: { min: -1 } }),
  terms({ range: { max: 0.5 } }),
  terms({ range: { min: 0, max: 9 } }),
  terms({ prefix: long(limits.patternLength) }),
  terms({ glob: '*' }),
  terms({ within: '/data' }),
  terms({ within: '/' }),
  terms(nested(limits.constraintDepth - 1)),
  { expiresAt: 1 },
  { uses: Number.MAX_SAFE_INTEGER },
  { rate: { count: 1, perMs: 1 } },
  { budget: { amount: 1 } },
  { quorum: 1 },
  { quorum: limits.quorum },
  { approvals: limits.quorum },
  { ask: true },
  { fourEyes: true },
  { derivable: false },
  { badge: long(limits.nameLength) },
]

const wrong: readonly Json[] = [
  null,
  [],
  'x',
  { selector: ['tools/a'] },
  { argumentsCommitment: 'ab' },
  { also: [] },
  { selectors: [] },
  { selectors: 'tools/a' },
  { selectors: ['tools/a', 'tools/a'] },
  { selectors: ['*'] },
  { selectors: [''] },
  { selectors: [1] },
  { selectors: ['tools/a', null] },
  { selectors: names(limits.selectorsPerCapability + 1) },
  { selectors: [long(limits.textLength + 1)] },
  { where: [] },
  { where: null },
  { where: { '*': null } },
  { where: { '*': {} } },
  { where: { '*': { arguments: [] } } },
  { where: { '*': { arguments: {}, open: false } } },
  { where: { '*': { arguments: {}, open: 1 } } },
  { where: { '*': { arguments: {}, closed: true } } },
  { where: { '*': { arguments: { a: null } } } },
  { where: { '*': { arguments: { a: {} } } } },
  { where: { '*': { arguments: { a: { constraint: { any: true }, optional: false } } } } },
  { where: { '*': { arguments: { a: { constraint: { any: true }, required: true } } } } },
  { where: { '*': { arguments: named(limits.argumentTermsPerSelector + 1) } } },
  {
    where: Object.fromEntries(
      names(limits.selectorsPerCapability + 1).map((name) => [name, { arguments: {} }]),
    ),
  },
  terms({}),
  terms({ any: false }),
  terms({ any: true, eq: 1 }),
  terms({ some: 1 }),
  terms({ in: 'abc' }),
  terms({ in: names(limits.constraintValues + 1) }),
  terms({ range: {} }),
  terms({ range: [] }),
  terms({ range: { min: '1' } }),
  terms({ range: { min: 1, max: null } }),
  terms({ range: { min: 1, maximum: 2 } }),
  terms({ prefix: '' }),
  terms({ prefix: 1 }),
  terms({ prefix: long(limits.patternLength + 1) }),
  terms({ glob: '' }),
  terms({ glob: long(limits.patternLength + 1) }),
  terms({ within: 'data' }),
  terms({ within: '/data/../etc' }),
  terms({ within: 1 }),
  terms({ every: 1 }),
  terms(nested(limits.constraintDepth)),
  ...['expiresAt', 'uses'].flatMap((name) =>
    [0, -1, 1.5, '1', null, 2 ** 53].map((value) => ({ [name]: value })),
  ),
  ...['quorum', 'approvals'].flatMap((name) =>
    [0, -1, 1.5, '1', null, limits.quorum + 1].map((value) => ({ [name]: value })),
  ),
  { rate: 1 },
  { rate: [] },
  { rate: { count: 1 } },
  { rate: { perMs: 1 } },
  { rate: { count: 0, perMs: 1 } },
  { rate: { count: 1, perMs: 0 } },
  { rate: { count: 1, perMs: 1, burst: 1 } },
  { budget: 1 },
  { budget: {} },
  { budget: { amount: 0 } },
  { budget: { amount: 1.5 } },
  { budget: { amount: 1, of: 'x' } },
  { ask: false },
  { ask: 1 },
  { fourEyes: false },
  { derivable: true },
  { derivable: 0 },
  { badge: '' },
  { badge: 1 },
  { badge: long(limits.nameLength + 1) },
]

test('caveats that are exactly right are taken as they are', () => {
  for (const value of right) {
    const parsed = parseCaveats(value)
    assert.ok(parsed.ok, `${JSON.stringify(value).slice(0, 80)}: ${parsed.ok ? '' : parsed.error}`)
    assert.deepEqual(JSON.parse(JSON.stringify(parsed.value)), value)
  }
})

test('caveats that are not exactly right are refused, with a sentence', () => {
  for (const value of wrong) {
    const parsed = parseCaveats(value)
    assert.ok(!parsed.ok, JSON.stringify(value).slice(0, 80))
    assert.match(parsed.error, /\S \S/u)
  }
})

test('names of members cannot reach what every object has', () => {
  const where = JSON.parse('{"__proto__":{"arguments":{"__proto__":{"constraint":{"any":true}}}}}') as Json
  const parsed = parseCaveats({ where })
  assert.ok(parsed.ok)
  assert.deepEqual(Object.keys(parsed.value.where ?? {}), ['__proto__'])
})
