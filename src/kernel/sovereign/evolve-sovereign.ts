/**
 * The part of the fold that concerns operators, proposals, domains and statements. Like all of it, it applies
 * what was decided and judges nothing.
 */
import { invariant, unreachable } from '../../base/fault.ts'
import type { OperatorId, Seq } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import { retireKey } from '../canon/apply-canon.ts'
import type { Event, EventOf } from '../event.ts'
import type { Operator, OperatorStatus, RegisteredDomain, State } from '../state.ts'
import type { SovereignBodies } from './event-bodies.ts'
import { noteOrder } from './note-order.ts'
import type { ListedOperator, Statement } from './statement.ts'

/** An event of this folder. */
export type SovereignEvent = Extract<Event, { readonly kind: keyof SovereignBodies }>

/** Applies one of them in place. */
export function evolveSovereign(state: State, event: SovereignEvent): void {
  if ('signed' in event.body && event.body.signed !== null)
    noteOrder(state, event as EventOf<'order.proposed'>)
  switch (event.kind) {
    case 'operator.rotated':
      retireKey(state, event.body.operator)
      return replaceOperator(state, event.body.operator, { publicKey: event.body.publicKey }, 'active')
    case 'operator.revoked':
      return replaceOperator(state, event.body.operator, {}, event.body.reason)
    case 'order.proposed': {
      state.proposals ??= new Map<Seq, never>()
      state.proposals.set(event.seq, { id: event.seq, ...event.body })
      return
    }
    case 'order.confirmed':
    case 'order.declined':
      invariant(state.proposals?.delete(event.body.proposal) === true, 'the proposal waited')
      return
    case 'domain.registered': {
      const { name, weight } = event.body
      const unheard = { statement: 0, issuedAt: id<never>(0), validUntil: id<never>(0), digest: '' } as const
      state.domains ??= new Map<string, never>()
      state.domains.set(name, { name, weight, status: 'active', ...unheard, acknowledged: null })
      return
    }
    case 'domain.frozen':
      return replaceDomain(state, event.body.name, { status: 'frozen' })
    case 'domain.unfrozen':
      return replaceDomain(state, event.body.name, { status: 'active' })
    case 'domain.removed':
      return replaceDomain(state, event.body.name, { status: 'removed' })
    case 'domain.acknowledged': {
      const { name, ...acknowledged } = event.body
      return replaceDomain(state, name, { acknowledged })
    }
    case 'statement.issued': {
      const { domain, ...issued } = event.body
      return replaceDomain(state, domain, { ...issued, issuedAt: event.at })
    }
    case 'statement.accepted':
      return applyStatement(state, event.body.operators, JSON.parse(event.body.text) as Statement)
    default:
      unreachable(event)
  }
}

/** Enrols an operator: by the first event of a domain, or by an order. */
export function applyEnrolled(state: State, event: EventOf<'operator.enrolled'>): void {
  const { operator, name, level, publicKey, domain, signed } = event.body
  if (signed !== undefined) noteOrder(state, { at: event.at, body: { signed } })
  const place = domain === undefined ? {} : { domain }
  state.operators.set(operator, { id: operator, name, level, publicKey, ...place })
  state.nextObject = operator + 1
}

function replaceOperator(
  state: State,
  operator: OperatorId,
  change: Partial<Operator>,
  status: OperatorStatus,
): void {
  const before = state.operators.get(operator)
  invariant(before !== undefined, 'the operator is enrolled')
  const { status: _, ...known } = before
  state.operators.set(operator, { ...known, ...change, ...(status === 'active' ? {} : { status }) })
}

function replaceDomain(state: State, name: string, change: Partial<RegisteredDomain>): void {
  const before = state.domains?.get(name)
  invariant(before !== undefined, 'the domain is registered')
  state.domains?.set(name, { ...before, ...change })
}

function applyStatement(state: State, ids: readonly OperatorId[], { operators, ...said }: Statement): void {
  for (const [at, listed] of operators.entries()) {
    const operator = ids[at]
    invariant(operator !== undefined, 'everybody listed has an id')
    state.operators.set(operator, memberOperator(operator, listed))
  }
  state.nextObject += ids.length - (state.standing?.operators.length ?? 0)
  const { statement, status, validUntil, canon, weight } = said
  state.standing = { statement, status, validUntil, canon, weight, operators: ids }
}

function memberOperator(operator: OperatorId, listed: ListedOperator): Operator {
  const { operator: _, status, ...person } = listed
  return { id: operator, ...person, ...(status === 'active' ? {} : { status }) }
}
