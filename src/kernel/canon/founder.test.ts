/** Who can amend a founding canon, which keys count, and how long a canon may be. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { domainUnder, keyholder, nextCanon } from '../../../test/harness/canon-domain.ts'
import { SmallDomain } from '../../../test/harness/small-domain.ts'
import { id } from '../../base/ids.ts'
import type { Json } from '../../base/json.ts'
import { parse } from '../../base/shape.ts'
import { limits } from '../limits.ts'
import type { Operator } from '../state.ts'
import type { CanonDocument } from './document.ts'
import { canonText, digestOf } from './document.ts'
import { firstEdition, foundingDigest, foundingDigests } from './first-edition.ts'
import { parseCanon } from './parse-canon.ts'
import { aRule } from './parse-rule.ts'
import { countSigners, counts, keyholdersInForce } from './quorum.ts'

/** Who founds a domain of these operators. */
function founderOf(operators: readonly Omit<Operator, 'id' | 'publicKey'>[]): readonly string[] {
  const domain = new SmallDomain()
  domain.state.operators.clear()
  for (const [at, operator] of operators.entries())
    domain.state.operators.set(id(at + 1), {
      ...operator,
      id: id(at + 1),
      publicKey: `key of ${operator.name}`,
    })
  const { keyholders, threshold } = keyholdersInForce(domain.state)
  assert.equal(threshold, 1)
  for (const { name, publicKey } of keyholders) assert.equal(publicKey, `key of ${name}`)
  return keyholders.map(({ name }) => name)
}

test('the founder is the first sovereign operator whose key counts, and without one there is nobody', () => {
  const ada = { name: 'ada', level: 'sovereign' } as const
  const bea = { name: 'bea', level: 'sovereign' } as const
  assert.deepEqual(founderOf([ada, bea]), ['ada'])
  assert.deepEqual(founderOf([{ ...ada, level: 'co-operator' }, bea]), ['bea'])
  assert.deepEqual(founderOf([{ ...ada, level: 'domain-sovereign' }, bea]), ['bea'])
  for (const status of ['lost', 'revoked'] as const) {
    assert.deepEqual(founderOf([{ ...ada, status }, bea]), ['bea'])
    assert.deepEqual(founderOf([{ ...ada, status }]), [])
  }
  assert.deepEqual(founderOf([{ ...ada, level: 'co-operator' }]), [])
  assert.deepEqual(founderOf([]), [])
})

test('once a canon names keyholders, it is they and no operator', () => {
  const { state } = domainUnder([keyholder('a'), keyholder('b')], 2)
  assert.deepEqual(keyholdersInForce(state), { keyholders: [keyholder('a'), keyholder('b')], threshold: 2 })
})

test('a key counts until the instant at which it expires, and not if its operator lost or replaced it', () => {
  const { state } = new SmallDomain()
  const a = keyholder('a', 100)
  assert.deepEqual([counts(state, a, 99), counts(state, a, 100), counts(state, a, 101)], [true, false, false])
  assert.equal(counts(state, keyholder('a'), 0), true)
  const keys = new Set([a.publicKey, 'a stranger’s'])
  assert.equal(countSigners(state, { keyholders: [a, keyholder('b')] }, keys, 99), 1)
  assert.equal(countSigners(state, { keyholders: [a, keyholder('b')] }, keys, 100), 0)
  const person = { id: id<never>(90), name: 'a', level: 'co-operator', publicKey: a.publicKey } as const
  state.operators.set(person.id, person)
  assert.equal(counts(state, a, 0), true)
  for (const status of ['lost', 'revoked'] as const) {
    state.operators.set(person.id, { ...person, status })
    assert.equal(counts(state, a, 0), false)
    assert.equal(counts(state, keyholder('b'), 0), true)
  }
  state.operators.delete(person.id)
  state.retiredKeys = new Set([a.publicKey])
  assert.equal(counts(state, a, 0), false)
  assert.equal(counts(state, keyholder('b'), 0), true)
})

test('a canon, an article and a pattern are as long as they may be, and no longer', () => {
  const base: CanonDocument = {
    ...nextCanon(new SmallDomain().state, [keyholder('a'), keyholder('b')], 2),
    previous: 'a'.repeat(64),
  }
  const withArticle = (length: number): CanonDocument => ({
    ...base,
    articles: [...base.articles, { name: 'long', text: 'x'.repeat(length) }],
  })
  assert.equal(parseCanon(withArticle(limits.articleLength) as unknown as Json).ok, true)
  assert.equal(parseCanon(withArticle(limits.articleLength + 1) as unknown as Json).ok, false)
  const full = Array.from({ length: 15 }, (_, at) => ({
    name: `n${at}`,
    text: 'x'.repeat(limits.articleLength),
  }))
  const nearly = { ...base, articles: [...base.articles, ...full, { name: 'last', text: 'x' }] }
  const room = limits.canonLength - canonText(nearly).length
  const filled = (more: number): CanonDocument => ({
    ...base,
    articles: [...base.articles, ...full, { name: 'last', text: 'x'.repeat(1 + more) }],
  })
  assert.equal(canonText(filled(room)).length, limits.canonLength)
  assert.equal(parseCanon(filled(room) as unknown as Json).ok, true)
  assert.equal(parseCanon(filled(room + 1) as unknown as Json).ok, false)
  for (const [length, isRead] of [
    [limits.patternLength, true],
    [limits.patternLength + 1, false],
  ] as const) {
    const rule = { rule: 'never', article: 'a', selectors: ['x'.repeat(length)] }
    assert.equal(parse(aRule, rule, 'A rule').ok, isRead)
  }
})

test('the canon that homes begin with is the one that this build was sealed for', () => {
  const text = readFileSync(new URL('../../../canon/canon.json', import.meta.url), 'utf8')
  const canon = parseCanon(JSON.parse(text) as Json)
  assert.ok(canon.ok)
  assert.equal(digestOf(canon.value), foundingDigest)
  assert.ok(foundingDigests.includes(foundingDigest))
  assert.notEqual(digestOf(firstEdition), foundingDigest)
})
