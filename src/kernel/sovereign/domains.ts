/**
 * The registry of domains, and the statements that the sovereign owes them. A statement is due when what there is
 * to say to a domain is no longer what was last said, or when half of its validity has passed: so that a change
 * reaches every domain it concerns, and none that it does not.
 */
import { sha256Hex } from '../../base/hash.ts'
import type { Instant, OperatorId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import { acknowledgeCanon } from '../canon/amend.ts'
import type { ActionOf, Command } from '../command.ts'
import type { Decision, Recorder } from '../decision.ts'
import { accepted, recorder, recording, unrecorded } from '../decision.ts'
import { limits } from '../limits.ts'
import type { RegisteredDomain, State } from '../state.ts'
import type { OrderedBy } from './ordered.ts'
import { actorOf, no } from './ordered.ts'
import { statementFor } from './statement.ts'

/** Registers a domain. Names are never given twice, because a removed domain's ledger stays. */
export function register(
  state: State,
  by: OrderedBy,
  { name, weight }: ActionOf<'domain.register'>,
): Decision {
  if (state.domain?.role !== 'sovereign') return noRegistry
  if (state.domains?.has(name) === true || name === state.domain.name)
    return no('name-taken', 'A domain has or had that name.')
  if ((state.domains?.size ?? 0) >= limits.domains)
    return no('limit', 'There are as many domains as there can be.')
  return recording(state, by.at, 'domain.registered', { name, weight, signed: by.signed }, actorOf(by))
}

/** Freezes, unfreezes or removes a domain. */
export function change(
  state: State,
  by: OrderedBy,
  action: ActionOf<'domain.freeze' | 'domain.unfreeze' | 'domain.remove'>,
): Decision {
  if (state.domain?.role !== 'sovereign') return noRegistry
  const { name } = action
  const known = state.domains?.get(name)
  if (known === undefined || known.status === 'removed') return no('not-found', 'There is no such domain.')
  const { at, signed } = by
  switch (action.do) {
    case 'domain.freeze':
      return known.status === 'frozen'
        ? no('bad-request', 'The domain is frozen.')
        : recording(state, at, 'domain.frozen', { name, reason: action.reason, signed }, actorOf(by))
    case 'domain.unfreeze':
      return known.status === 'active'
        ? no('bad-request', 'The domain is not frozen.')
        : recording(state, at, 'domain.unfrozen', { name, signed }, actorOf(by))
    case 'domain.remove':
      return recording(state, at, 'domain.removed', { name, signed }, actorOf(by))
  }
}

type Issue = Omit<Extract<Command, { kind: 'statement.issue' }>, 'kind'>

/** Issues every statement that is due, because something changed or because of the time. */
export function decideIssue(state: State, why: Issue): Decision {
  const recorded = recorder(state, why.at)
  for (const domain of state.domains?.values() ?? [])
    if (isDue(state, domain, why)) issue(state, recorded, domain, why.at)
  return accepted(recorded)
}

/** True when some domain is owed a statement. */
export function isAnyStatementDue(state: State, why: Issue): boolean {
  return [...(state.domains?.values() ?? [])].some((domain) => isDue(state, domain, why))
}

/** The text of the last statement to a domain, or null when there is none or another one is due. */
export function lastStatement(state: State, domain: RegisteredDomain): string | null {
  const { statement, issuedAt, validUntil, digest } = domain
  const text = statementFor(state, domain, { statement, at: issuedAt, validUntil })
  return sha256Hex(text) === digest ? text : null
}

function isDue(state: State, domain: RegisteredDomain, { because, at }: Issue): boolean {
  if (because === 'change') return lastStatement(state, domain) === null
  return domain.status !== 'removed' && domain.validUntil - at < limits.statementMs / 2
}

function issue(state: State, recorded: Recorder, domain: RegisteredDomain, at: Instant): void {
  const statement = domain.statement + 1
  const validUntil = id<Instant>(at + limits.statementMs)
  const digest = sha256Hex(statementFor(state, domain, { statement, at, validUntil }))
  recorded.record('statement.issued', { domain: domain.name, statement, digest, validUntil })
}

/** Notes what a domain says that it acts on: what it was told, and nothing older than it said before. */
export function decideAcknowledge(
  state: State,
  command: Extract<Command, { kind: 'domain.acknowledge' }>,
): Decision {
  const { at, name, statement, canonVersion, canonDigest, ledgerKey } = command
  const said = { name, statement, canonVersion, canonDigest, ledgerKey }
  const known = state.domains?.get(said.name)
  if (known === undefined || said.statement > known.statement)
    return no('not-found', 'Nothing like it was said.')
  const before = known.acknowledged
  if (before !== null && (before.statement >= said.statement || before.ledgerKey !== said.ledgerKey))
    return before.statement === said.statement && before.ledgerKey === said.ledgerKey
      ? { events: [], refusal: null }
      : no('bad-request', 'It said something else before.')
  return recording(state, at, 'domain.acknowledged', said)
}

/** A member takes its sovereign's word. Hearing the same again is no news, and nothing older is heard. */
export function decideAccept(
  state: State,
  { at, text, signature, statement, signatureValid, canon }: Extract<Command, { kind: 'statement.accept' }>,
): Decision {
  if (state.domain?.role !== 'member') return no('not-entitled', 'This domain has no sovereign.')
  if (!signatureValid) return no('signature-invalid', 'The sovereign did not sign this statement.')
  if (statement === null) return no('bad-request', 'This is not a statement in canonical form.')
  if (statement.domain !== state.domain.name)
    return no('not-entitled', 'The statement is for another domain.')
  const current = state.standing?.statement ?? 0
  if (statement.statement < current) return no('order-stale', 'A later statement was heard.')
  if (statement.statement === current) return { events: [], refusal: null }
  const known = state.standing?.operators ?? []
  if (statement.operators.length < known.length)
    return no('bad-request', 'A statement never forgets an operator.')
  const operators = statement.operators.map(
    (_, at) => known[at] ?? id<OperatorId>(state.nextObject + at - known.length),
  )
  const recorded = recorder(state, at)
  recorded.record('statement.accepted', { statement: statement.statement, operators, text, signature })
  const why = acknowledgeCanon(state, recorded, statement.canon, canon)
  return why === null ? accepted(recorded) : unrecorded(why)
}

const noRegistry = no('not-entitled', 'This kernel has no other domains.')
