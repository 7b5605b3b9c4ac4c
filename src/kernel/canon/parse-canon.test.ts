/** What is a canon and what is not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from '../../base/json.ts'
import { keyholder } from '../../../test/harness/canon-domain.ts'
import type { CanonDocument } from './document.ts'
import { digestOf } from './document.ts'
import { sentenceOf } from './evaluate.ts'
import { canonDigest, firstEdition } from './first-edition.ts'
import { parseCanon } from './parse-canon.ts'

const second: CanonDocument = {
  version: 2,
  previous: 'a'.repeat(64),
  articles: firstEdition.articles,
  rules: [
    ...firstEdition.rules,
    { rule: 'never', article: 'single-gate', effects: ['spend'], selectors: ['tools/**'] },
    { rule: 'four-eyes', article: 'human-sovereignty', orders: ['operator.enrol'] },
    { rule: 'longest-grant', article: 'human-sovereignty', lifetimeMs: 86_400_000 },
  ],
  keyholders: [keyholder('a'), keyholder('b', 4_000_000_000_000)],
  threshold: 2,
}

const parse = (canon: object): ReturnType<typeof parseCanon> => parseCanon(canon as Json)

test('a canon is read as it was written', () => {
  const parsed = parse(second)
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error)
  assert.equal(digestOf(parsed.value), digestOf(second))
  for (const rule of parsed.value.rules) assert.match(sentenceOf(rule), /\.$/)
})

test('ledgers that were begun with the three rules are known by the digest that they name', () => {
  assert.equal(canonDigest, '91f077206864e7670aa15c2e7ebacf772a4ab698bde810a60b84dccaac0b202d')
  assert.equal(parse(firstEdition).ok, true)
})

test('what is not exactly a canon is refused', () => {
  const [holder] = second.keyholders
  const rules = second.rules
  const wrong: readonly object[] = [
    [],
    { ...second, more: 1 },
    { ...second, version: 0 },
    { ...second, version: 1.5 },
    { ...second, version: 1 },
    { ...second, previous: null },
    { ...second, previous: 'A'.repeat(64) },
    { ...second, threshold: 1 },
    { ...second, threshold: 3 },
    { ...second, threshold: '2' },
    { ...second, keyholders: [] },
    { ...second, keyholders: [holder, holder] },
    { ...second, keyholders: [holder, { ...keyholder('c'), name: 'a' }] },
    { ...second, keyholders: [holder, { name: 'z', publicKey: holder?.publicKey }] },
    { ...second, keyholders: [holder, { name: 'z', publicKey: 'AAAA' }] },
    { ...second, keyholders: [holder, { ...keyholder('z'), expiresAt: -1 }] },
    { ...second, keyholders: [holder, { ...keyholder('z'), admin: true }] },
    { ...second, articles: [] },
    { ...second, articles: [...second.articles, second.articles[0]] },
    { ...second, articles: [...second.articles, { name: 'Upper', text: 'x' }] },
    { ...second, articles: [...second.articles, { name: 'long', text: 'x'.repeat(5000) }] },
    { ...second, articles: [...second.articles, { name: 'empty', text: '' }] },
    ...rules.slice(0, 3).map((gone) => ({ ...second, rules: rules.filter((rule) => rule !== gone) })),
    { ...second, rules: [...rules, { rule: 'allow', article: 'single-gate' }] },
    { ...second, rules: [...rules, { rule: 'never', article: 'single-gate' }] },
    { ...second, rules: [...rules, { rule: 'never', article: 'nowhere', effects: ['act'] }] },
    { ...second, rules: [...rules, { rule: 'never', article: 'single-gate', effects: ['ACT'] }] },
    { ...second, rules: [...rules, { rule: 'never', article: 'single-gate', effects: [] }] },
    { ...second, rules: [...rules, { rule: 'never', article: 'single-gate', selectors: [''] }] },
    { ...second, rules: [...rules, { rule: 'never', article: 'single-gate', selectors: ['x'], unless: 1 }] },
    { ...second, rules: [...rules, { rule: 'four-eyes', article: 'single-gate', orders: [] }] },
    {
      ...second,
      rules: [...rules, { rule: 'four-eyes', article: 'single-gate', orders: ['operator.enroll'] }],
    },
    { ...second, rules: [...rules, { rule: 'longest-grant', article: 'single-gate', lifetimeMs: 0 }] },
    { ...second, rules: Array.from({ length: 65 }, () => rules[0]) },
    { ...firstEdition, keyholders: [holder] },
    { ...firstEdition, threshold: 2 },
  ]
  for (const [index, canon] of wrong.entries()) assert.equal(parse(canon).ok, false, `case ${index}`)
})
