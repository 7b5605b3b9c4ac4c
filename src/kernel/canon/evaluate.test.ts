/** What each rule of the vocabulary forbids, and what it lets be. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { id } from '../../base/ids.ts'
import type { Caveats } from '../capability/terms.ts'
import type { OrderAction } from '../command.ts'
import type { Driver } from '../state.ts'
import type { CanonDocument, CanonRule } from './document.ts'
import type { CanonQuestion } from './evaluate.ts'
import { asksFourEyes, sentenceOf, whyAgainstCanon, whyOrderAgainstCanon } from './evaluate.ts'
import { firstEdition } from './first-edition.ts'

type Terms = CanonRule extends infer R ? (R extends CanonRule ? Omit<R, 'article'> : never) : never

const canonWith = (...rules: readonly Terms[]): CanonDocument => ({
  ...firstEdition,
  rules: rules.map((rule) => ({ ...rule, article: 'x' })),
})
const asked: CanonQuestion = { selector: 'tools/a', effect: 'act', driver: {} as Driver, byDriver: false }

function said(rule: Terms, question: Partial<CanonQuestion>): string {
  return whyAgainstCanon(canonWith(rule), { ...asked, ...question })?.code ?? 'allowed'
}

/** A rule, a call, and what comes of it. */
const judgements: readonly (readonly [Terms, Partial<CanonQuestion>, string])[] = [
  [{ rule: 'single-gate' }, {}, 'allowed'],
  [{ rule: 'single-gate' }, { driver: null }, 'canon'],
  [{ rule: 'single-gate' }, { effect: null }, 'canon'],
  [{ rule: 'human-sovereignty' }, {}, 'allowed'],
  [{ rule: 'human-sovereignty' }, { effect: 'govern' }, 'canon'],
  [{ rule: 'human-sovereignty' }, { effect: 'spend' }, 'allowed'],
  [{ rule: 'no-reverse-authority' }, {}, 'allowed'],
  [{ rule: 'no-reverse-authority' }, { selector: 'client/roots' }, 'canon'],
  [{ rule: 'no-reverse-authority' }, { selector: 'client/roots', byDriver: true }, 'allowed'],
  [{ rule: 'no-reverse-authority' }, { byDriver: true }, 'canon'],
  [{ rule: 'never' }, {}, 'canon'],
  [{ rule: 'never', effects: ['act'] }, {}, 'canon'],
  [{ rule: 'never', effects: ['spend', 'act'] }, {}, 'canon'],
  [{ rule: 'never', effects: ['spend'] }, {}, 'allowed'],
  [{ rule: 'never', effects: ['act'] }, { effect: null }, 'allowed'],
  [{ rule: 'never', selectors: ['tools/*'] }, {}, 'canon'],
  [{ rule: 'never', selectors: ['http/*', 'tools/a'] }, {}, 'canon'],
  [{ rule: 'never', selectors: ['http/*'] }, {}, 'allowed'],
  [{ rule: 'never', effects: ['act'], selectors: ['http/*'] }, {}, 'allowed'],
  [{ rule: 'never', effects: ['spend'], selectors: ['tools/*'] }, {}, 'allowed'],
  [{ rule: 'never', effects: ['act'], selectors: ['tools/*'] }, {}, 'canon'],
  [{ rule: 'four-eyes', orders: ['capability.grant'] }, {}, 'allowed'],
  [{ rule: 'longest-grant', lifetimeMs: 1 }, {}, 'allowed'],
]

test('every rule forbids exactly what it says', () => {
  for (const [rule, question, expected] of judgements)
    assert.equal(said(rule, question), expected, `${JSON.stringify(rule)} of ${JSON.stringify(question)}`)
})

test('the rule that is broken is named, with its sentence, wherever it stands in the list', () => {
  const canon = canonWith(
    { rule: 'single-gate' },
    { rule: 'never', selectors: ['tools/a', 'b'], effects: ['act'] },
  )
  const why = whyAgainstCanon(canon, asked)
  assert.equal(why?.message, 'Canon, never: No process calls tools/a or b with the effect act.')
  assert.equal(why.needed, 'Nothing can grant this.')
  assert.equal(whyAgainstCanon(canonWith(), asked), null)
})

test('every rule has a sentence', () => {
  const sentence = (rule: Terms): string => sentenceOf({ ...rule, article: 'x' })
  assert.match(sentence({ rule: 'single-gate' }), /only through a selector/u)
  assert.equal(
    sentence({ rule: 'never', effects: ['spend', 'act'] }),
    'No process calls anything with the effect spend or act.',
  )
  assert.equal(sentence({ rule: 'never', selectors: ['a'] }), 'No process calls a.')
  assert.equal(sentence({ rule: 'four-eyes', orders: ['a', 'b'] }), 'Two operators are needed for a, b.')
  assert.equal(
    sentence({ rule: 'longest-grant', lifetimeMs: 5_000 }),
    'Every grant ends, within 5 seconds of being made.',
  )
})

test('a grant must end within the longest lifetime, and other orders are not asked', () => {
  const canon = canonWith({ rule: 'single-gate' }, { rule: 'longest-grant', lifetimeMs: 1_000 })
  const grant = (caveats: Caveats): OrderAction => ({
    do: 'capability.grant',
    holder: id(4),
    object: id(2),
    caveats,
  })
  const code = (action: OrderAction): string | undefined => whyOrderAgainstCanon(canon, action, 5_000)?.code
  assert.equal(code(grant({})), 'canon')
  assert.equal(code(grant({ expiresAt: id(6_001) })), 'canon')
  assert.equal(code(grant({ expiresAt: id(6_000) })), undefined)
  assert.equal(code({ do: 'domain.resume' }), undefined)
  assert.equal(whyOrderAgainstCanon(canonWith(), grant({}), 5_000), null)
})

test('four eyes are asked for the orders that are named, by any such rule', () => {
  const canon = canonWith(
    { rule: 'single-gate' },
    { rule: 'four-eyes', orders: ['capability.grant'] },
    { rule: 'four-eyes', orders: ['agent.add', 'agent.remove'] },
  )
  assert.equal(asksFourEyes(canon, 'capability.grant'), true)
  assert.equal(asksFourEyes(canon, 'agent.remove'), true)
  assert.equal(asksFourEyes(canon, 'driver.add'), false)
  assert.equal(asksFourEyes(canonWith(), 'driver.add'), false)
})
