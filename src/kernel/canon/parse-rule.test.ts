/** One rule of the canon at a time: what is exactly right is read, and everything else refused. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from '../../base/json.ts'
import { limits } from '../limits.ts'
import { parse } from '../../base/shape.ts'
import { aRule } from './parse-rule.ts'

const many = (count: number, item: (index: number) => string): string[] =>
  Array.from({ length: count }, (_, index) => item(index))

const right: readonly Json[] = [
  { rule: 'single-gate', article: 'a' },
  { rule: 'human-sovereignty', article: 'a' },
  { rule: 'no-reverse-authority', article: 'a' },
  { rule: 'never', article: 'a', effects: ['spend'] },
  { rule: 'never', article: 'a', selectors: ['tools/*'] },
  {
    rule: 'never',
    article: 'a',
    selectors: many(limits.canonItems, (n) => `s${n}`),
    effects: ['act', 'change'],
  },
  { rule: 'four-eyes', article: 'a', orders: ['capability.grant'] },
  { rule: 'longest-grant', article: 'a', lifetimeMs: 1 },
]

const wrong: readonly Json[] = [
  null,
  [],
  'single-gate',
  {},
  { rule: 'single-gate' },
  { article: 'a' },
  { rule: 'single-gate', article: '' },
  { rule: 'single-gate', article: 1 },
  { rule: 'single-gate', article: 'a', more: 1 },
  { rule: 'some-gate', article: 'a' },
  { rule: 1, article: 'a' },
  { rule: 'never', article: 'a' },
  { rule: 'never', article: 'a', effects: [] },
  { rule: 'never', article: 'a', effects: 'spend' },
  { rule: 'never', article: 'a', effects: ['waste'] },
  { rule: 'never', article: 'a', effects: ['spend', 1] },
  { rule: 'never', article: 'a', selectors: [] },
  { rule: 'never', article: 'a', selectors: [1] },
  { rule: 'never', article: 'a', selectors: [''] },
  { rule: 'never', article: 'a', selectors: many(limits.canonItems + 1, (n) => `s${n}`) },
  { rule: 'never', article: 'a', effects: ['spend'], selectors: [] },
  { rule: 'never', article: 'a', effects: [], selectors: ['tools/*'] },
  { rule: 'never', article: 'a', effects: ['spend'], orders: [] },
  { rule: 'four-eyes', article: 'a' },
  { rule: 'four-eyes', article: 'a', orders: [] },
  { rule: 'four-eyes', article: 'a', orders: ['capability.give'] },
  { rule: 'four-eyes', article: 'a', orders: ['capability.grant', 7] },
  { rule: 'four-eyes', article: 'a', orders: ['capability.grant'], effects: ['spend'] },
  { rule: 'longest-grant', article: 'a' },
  { rule: 'longest-grant', article: 'a', lifetimeMs: 0 },
  { rule: 'longest-grant', article: 'a', lifetimeMs: 1.5 },
  { rule: 'longest-grant', article: 'a', lifetimeMs: '1' },
  { rule: 'longest-grant', article: 'a', lifetimeMs: 1, more: 1 },
]

test('a rule that is exactly right is read as it is', () => {
  for (const value of right) assert.deepEqual(parse(aRule, value, 'A rule'), { ok: true, value })
})

test('a rule that is not exactly right is refused, with a sentence', () => {
  for (const value of wrong) {
    const parsed = parse(aRule, value, 'A rule')
    assert.ok(!parsed.ok, JSON.stringify(value).slice(0, 90))
    assert.match(parsed.error, /\S \S/u)
  }
})
