/**
 * Operators and their keys: enrolled with a proof that the key is held, rotated, lost, revoked. The last active
 * sovereign can be neither lost nor revoked, because nobody could undo it.
 */
import { canonicalJson } from '../../base/canonical-json.ts'
import type { OperatorId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { ActionOf } from '../command.ts'
import type { Decision } from '../decision.ts'
import { recording } from '../decision.ts'
import { limits } from '../limits.ts'
import type { Operator, State } from '../state.ts'
import type { Enrolment, SovereignAction } from './action.ts'
import type { OrderedBy } from './ordered.ts'
import { actorOf, no } from './ordered.ts'

/** What a new key signs to be enrolled, or to take the place of an older one of the same person. */
export function enrolmentText({ name, level, publicKey, domain }: Enrolment): string {
  const place = domain === undefined ? {} : { domain }
  return `custos-enrol-v1\n${canonicalJson({ name, level, publicKey, ...place })}`
}

/** The text whose signature an order brings as the proof of a new key; null when it brings none. */
export function provenText({ operators }: State, action: SovereignAction): string | null {
  if (action.do === 'operator.enrol') return enrolmentText(action)
  const known = action.do === 'operator.rotate' ? operators.get(action.operator) : undefined
  if (action.do !== 'operator.rotate' || known === undefined) return null
  return enrolmentText({ ...known, publicKey: action.publicKey })
}

/** Enrols somebody. Names and keys are never given twice, so that an old record always names one person. */
export function enrol(state: State, by: OrderedBy, action: ActionOf<'operator.enrol'>): Decision {
  const { name, level, publicKey, domain } = action
  const known = [...state.operators.values()]
  if (by.proofValid !== true) return unproven
  if (known.some((other) => other.name === name)) return no('name-taken', 'An operator has or had that name.')
  if (isUsed(state, publicKey)) return no('name-taken', 'An operator has that key.')
  if (domain !== undefined && !isDomain(state, domain)) return no('not-found', 'There is no such domain.')
  if (known.length >= limits.operators) return no('limit', 'There are as many operators as there can be.')
  const place = domain === undefined ? {} : { domain }
  const person = { operator: id<OperatorId>(state.nextObject), name, level, publicKey, ...place }
  return recording(state, by.at, 'operator.enrolled', { ...person, signed: by.signed }, actorOf(by))
}

/** Replaces a key that is held, or was lost. A revoked operator stays revoked. */
export function rotate(state: State, by: OrderedBy, action: ActionOf<'operator.rotate'>): Decision {
  const { operator, publicKey } = action
  const known = state.operators.get(operator)
  if (known === undefined || known.status === 'revoked') return no('not-found', 'There is no such operator.')
  if (by.proofValid !== true) return unproven
  if (isUsed(state, publicKey)) return no('name-taken', 'An operator has that key.')
  const body = { operator, publicKey, signed: by.signed }
  return recording(state, by.at, 'operator.rotated', body, actorOf(by))
}

/** Says that a key counts no more. What it granted stays: it was the domain's by then. */
export function revokeOperator(state: State, by: OrderedBy, action: ActionOf<'operator.revoke'>): Decision {
  const { operator, reason } = action
  const known = state.operators.get(operator)
  if (known === undefined || known.status === 'revoked' || known.status === reason)
    return no('not-found', 'There is no such operator.')
  const others = [...state.operators.values()].filter((other) => other.id !== operator)
  if (known.level === 'sovereign' && !others.some(isActiveSovereign))
    return no('not-entitled', 'The last active sovereign operator cannot be revoked.')
  const body = { operator, reason, signed: by.signed }
  return recording(state, by.at, 'operator.revoked', body, actorOf(by))
}

function isActiveSovereign({ level, status }: Operator): boolean {
  return level === 'sovereign' && status === undefined
}

/** A key that anybody has is nobody else's. Those that were rotated away are forgotten. */
function isUsed({ operators }: State, publicKey: string): boolean {
  return [...operators.values()].some((known) => known.publicKey === publicKey)
}

function isDomain({ domain, domains }: State, name: string): boolean {
  const status = domains?.get(name)?.status ?? (domain?.role === undefined && domain?.name === name)
  return status !== false && status !== 'removed'
}

const unproven = no('signature-invalid', 'The new key did not sign for itself.')
