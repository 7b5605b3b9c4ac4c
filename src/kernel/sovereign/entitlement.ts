/**
 * Who may order what, and which kernel hears it. A sovereign operator may do everything. A domain-sovereign may do
 * everything inside one domain, and nothing about operators, the canon or domains. A co-operator may lessen what
 * can happen alone; everything else that they order waits for a second operator.
 */
import { lessens, orderKinds } from '../canon/order-kinds.ts'
import type { OrderAction } from '../command.ts'
import { whyNotStanding, whyStill } from '../halt/still.ts'
import type { Refusal } from '../refusal.ts'
import { refusal } from '../refusal.ts'
import type { Operator, State } from '../state.ts'

/** Kinds by their first word: what only the sovereign hears, and what it never hears. */
const aboveDomains: ReadonlySet<string> = new Set(['operator', 'canon', 'code', 'domain'])
const insideDomains: ReadonlySet<string> = new Set([
  'driver',
  'agent',
  'capability',
  'call',
  'process',
  'subject',
  'hold',
  'escrow',
])

/** What only a sovereign could make up for, or nobody. */
const forGood = new Set<string>(['operator.revoke', 'domain.remove', 'subject.erase', 'escrow.create'])

/** True for an order about the whole and not about one domain's work. */
export function isAboveDomains({ do: kind }: OrderAction): boolean {
  return kind !== 'domain.resume' && aboveDomains.has(subject(kind))
}

/** Why this kernel does not hear such an order, or null. */
export function whyOtherKernel({ domain }: State, action: OrderAction): Refusal | null {
  if (domain?.role === 'member' && isAboveDomains(action)) {
    return refusal(
      'not-entitled',
      'Only the sovereign hears this order.',
      'The same order, to the sovereign.',
    )
  }
  if (domain?.role === 'sovereign' && insideDomains.has(subject(action.do))) {
    return refusal('not-entitled', 'The sovereign executes nothing.', 'The same order, to a domain.')
  }
  return null
}

/** Why an order is not heard in the state that the domain is in; null when it is. */
export function whyUnheard(state: State, action: OrderAction, at: number): Refusal | null {
  if (lessens(action)) return null
  return orderKinds[action.do] === 'halted' ? whyNotStanding(state, at) : whyStill(state, at)
}

/** What becomes of an order that is otherwise in order: it is carried out, or proposed, or neither. */
export function entitlementOf(
  state: State,
  operator: Operator,
  action: OrderAction,
): 'may' | 'proposes' | Refusal {
  const isOwn =
    (action.do === 'operator.rotate' || action.do === 'operator.revoke') && action.operator === operator.id
  if (isOwn || mayAlone(state, operator, action)) return 'may'
  if (operator.level === 'co-operator') return lessens(action) && !forGood.has(action.do) ? 'may' : 'proposes'
  return refusal(
    'not-entitled',
    'This order is not this operator’s to give.',
    'A sovereign operator’s order.',
  )
}

/** Whether the operator's level reaches this far without anybody else. */
export function mayAlone(
  { domain }: State,
  { level, domain: place }: Operator,
  action: OrderAction,
): boolean {
  if (level === 'sovereign') return true
  const isPlace = level === 'domain-sovereign' && place === domain?.name
  return isPlace && !isAboveDomains(action) && !forGood.has(action.do)
}

function subject(kind: string): string {
  return kind.slice(0, kind.indexOf('.'))
}
