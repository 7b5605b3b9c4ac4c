/**
 * The part of the fold that concerns operators, proposals, domains and statements. Like all of it, it applies
 * what was decided and judges nothing.
 */
import { found, invariant } from '../../base/fault.ts'
import type { OperatorId, Seq } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import { keptJson } from '../../base/strict-json.ts'
import { retireKey } from '../canon/apply-canon.ts'
import type { Event, EventOf } from '../event.ts'
import type { Appliers } from '../evolve.ts'
import type { Operator, OperatorStatus, RegisteredDomain, State } from '../state.ts'
import type { SovereignBodies } from './event-bodies.ts'
import type { ListedOperator, Statement } from './statement.ts'

/** An event of this folder. */
export type SovereignEvent = Extract<Event, { readonly kind: keyof SovereignBodies }>

/** The events about operators, proposals, domains and statements. */
export const sovereignAppliers: Appliers<'operator.enrolled' | keyof SovereignBodies> = {
  'operator.enrolled': (state, { body }) => {
    const { operator, name, level, publicKey, domain } = body
    const place = domain === undefined ? {} : { domain }
    state.operators.set(operator, { id: operator, name, level, publicKey, ...place })
    state.nextObject = operator + 1
  },
  'operator.rotated': (state, { body }) => {
    retireKey(state, body.operator)
    replaceOperator(state, body.operator, { publicKey: body.publicKey }, 'active')
  },
  'operator.revoked': (state, { body }) => replaceOperator(state, body.operator, {}, body.reason),
  'order.proposed': (state, { seq, body }) => {
    state.proposals ??= new Map<Seq, never>()
    state.proposals.set(seq, { id: seq, ...body })
  },
  'order.confirmed': settleProposal,
  'order.declined': settleProposal,
  'domain.registered': (state, { body: { name, weight } }) => {
    const unheard = { statement: 0, issuedAt: id<never>(0), validUntil: id<never>(0), digest: '' } as const
    state.domains ??= new Map<string, never>()
    state.domains.set(name, { name, weight, status: 'active', ...unheard, acknowledged: null })
  },
  'domain.frozen': (state, { body }) => replaceDomain(state, body.name, { status: 'frozen' }),
  'domain.unfrozen': (state, { body }) => replaceDomain(state, body.name, { status: 'active' }),
  'domain.removed': (state, { body }) => replaceDomain(state, body.name, { status: 'removed' }),
  'domain.acknowledged': (state, { body: { name, ...acknowledged } }) =>
    replaceDomain(state, name, { acknowledged }),
  'statement.issued': (state, { at, body: { domain, ...issued } }) =>
    replaceDomain(state, domain, { ...issued, issuedAt: at }),
  'statement.accepted': (state, { body }) =>
    applyStatement(state, body.operators, keptJson(body.text) as unknown as Statement),
}

function settleProposal(state: State, { body }: EventOf<'order.confirmed' | 'order.declined'>): void {
  invariant(state.proposals?.delete(body.proposal) === true, 'the proposal waited')
}

function replaceOperator(
  state: State,
  operator: OperatorId,
  change: Partial<Operator>,
  status: OperatorStatus,
): void {
  const { status: _, ...known } = found(state.operators.get(operator), 'the operator is enrolled')
  state.operators.set(operator, { ...known, ...change, ...(status === 'active' ? {} : { status }) })
}

function replaceDomain(state: State, name: string, change: Partial<RegisteredDomain>): void {
  const before = found(state.domains?.get(name), 'the domain is registered')
  state.domains?.set(name, { ...before, ...change })
}

function applyStatement(state: State, ids: readonly OperatorId[], { operators, ...said }: Statement): void {
  for (const [at, listed] of operators.entries()) {
    const operator = found(ids[at], 'everybody listed has an id')
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
