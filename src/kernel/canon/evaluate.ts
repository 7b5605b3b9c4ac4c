/**
 * What the canon in force says of a call or an order. It is the first judgement on every path: of calls, when
 * they are asked for, collected and dispatched, and of operators' orders. It looks at what is asked, and never
 * at who granted what.
 */
import { unreachable } from '../../base/fault.ts'
import { matchesGlob } from '../capability/glob.ts'
import type { OrderAction } from '../command.ts'
import type { EffectClass } from '../effect.ts'
import type { Refusal } from '../refusal.ts'
import { refusal } from '../refusal.ts'
import type { Driver, State } from '../state.ts'
import type { CanonDocument, CanonRule } from './document.ts'
import { firstEdition, fixedTexts } from './first-edition.ts'

/** What a canon rule may look at of a call. */
export interface CanonQuestion {
  readonly selector: string
  /** Null for a selector the driver's manifest does not pin. */
  readonly effect: EffectClass | null
  /** Null when the object is not served by a driver. */
  readonly driver: Driver | null
  /** True when the process that asks is the driver's own. */
  readonly byDriver: boolean
}

/** The canon in force. A ledger that was begun before canons had a text is under the first edition. */
export function canonOf(state: State): CanonDocument {
  return state.domain?.canon ?? firstEdition
}

/** Why the canon forbids a call, or null. */
export function whyAgainstCanon(canon: CanonDocument, question: CanonQuestion): Refusal | null {
  for (const rule of canon.rules) if (forbids(rule, question)) return against(rule)
  return null
}

/** Why the canon forbids an order that is given at `at`, or null. */
export function whyOrderAgainstCanon(canon: CanonDocument, action: OrderAction, at: number): Refusal | null {
  if (action.do !== 'capability.grant') return null
  const { expiresAt } = action.caveats
  const broken = canon.rules.find(
    (rule) => rule.rule === 'longest-grant' && (expiresAt === undefined || expiresAt > at + rule.lifetimeMs),
  )
  return broken === undefined ? null : against(broken)
}

/** True when the canon wants two operators behind an order of this kind. */
export function asksFourEyes(canon: CanonDocument, order: OrderAction['do']): boolean {
  return canon.rules.some((rule) => rule.rule === 'four-eyes' && rule.orders.includes(order))
}

/** What a rule says, in one sentence. */
export function sentenceOf(rule: CanonRule): string {
  switch (rule.rule) {
    case 'single-gate':
    case 'human-sovereignty':
    case 'no-reverse-authority':
      return fixedTexts[rule.rule]
    case 'never': {
      const effects = rule.effects === undefined ? '' : ` with the effect ${rule.effects.join(' or ')}`
      const selectors = rule.selectors === undefined ? 'anything' : rule.selectors.join(' or ')
      return `No process calls ${selectors}${effects}.`
    }
    case 'four-eyes':
      return `Two operators are needed for ${rule.orders.join(', ')}.`
    case 'longest-grant':
      return `Every grant ends, within ${rule.lifetimeMs / 1000} seconds of being made.`
    default:
      return unreachable(rule)
  }
}

function forbids(rule: CanonRule, { selector, effect, driver, byDriver }: CanonQuestion): boolean {
  switch (rule.rule) {
    case 'single-gate':
      return driver === null || effect === null
    case 'human-sovereignty':
      return effect === 'govern'
    case 'no-reverse-authority':
      return selector.startsWith('client/') !== byDriver
    case 'never': {
      const { effects, selectors } = rule
      if (effects !== undefined && (effect === null || !effects.includes(effect))) return false
      return selectors === undefined || selectors.some((pattern) => matchesGlob(pattern, selector))
    }
    case 'four-eyes':
    case 'longest-grant':
      return false
    default:
      return unreachable(rule)
  }
}

function against(rule: CanonRule): Refusal {
  return refusal('canon', `Canon, ${rule.rule}: ${sentenceOf(rule)}`, 'Nothing can grant this.')
}
