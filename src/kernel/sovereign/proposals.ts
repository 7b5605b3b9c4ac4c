/**
 * Orders that need two people. What a co-operator orders, and what the canon or a grant asks a second pair of eyes
 * for, is kept as a proposal; a different operator's confirmation carries it out as the proposer's order. The one
 * who confirms signs the digest of the very text that was proposed.
 */
import { sha256Hex } from '../../base/hash.ts'
import { invariant } from '../../base/fault.ts'
import type { Instant, Seq } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import { keptJson } from '../../base/strict-json.ts'
import { chainsOf } from '../capability/quorum.ts'
import type { ActionOf, OrderAction, OrderRecord } from '../command.ts'
import type { Decision, Recorder } from '../decision.ts'
import { recorder, recording, unrecorded } from '../decision.ts'
import { limits } from '../limits.ts'
import type { Refusal } from '../refusal.ts'
import { refusal } from '../refusal.ts'
import type { Operator, Proposal, State } from '../state.ts'
import { mayAlone } from './entitlement.ts'
import type { OrderedBy } from './ordered.ts'
import { actorOf, no } from './ordered.ts'
import { parseOrder } from './parse-order.ts'

/** True when a second operator is asked for, whoever orders: by a term of the capability that is at stake. */
export function grantAsksFourEyes(state: State, action: OrderAction): boolean {
  const call = action.do === 'call.approve' ? state.calls.get(action.call) : undefined
  return (
    call !== undefined &&
    chainsOf(state, call)
      .flat()
      .some(({ caveats }) => caveats.fourEyes === true)
  )
}

/** Keeps an order until a second operator confirms it. */
export function propose(state: State, by: OrderedBy, action: OrderAction): Decision {
  const own = [...(state.proposals?.values() ?? [])].filter(({ operator }) => operator === by.operator.id)
  if (own.length >= limits.proposalsPerOperator)
    return no('limit', 'Too many orders of yours wait for a second operator.', 'A decision on those.')
  if (action.do === 'order.confirm' || action.do === 'order.decline') return unrecorded(notTheirs)
  if (action.do === 'call.approve' && action.answer !== undefined)
    return no('bad-request', 'An answer cannot be proposed.', 'A sovereign operator’s answer.')
  const { at, operator, signed } = by
  const digest = sha256Hex(signed.record)
  const expiresAt = id<Instant>(at + limits.proposalMs)
  const body = { operator: operator.id, action: action.do, digest, expiresAt, signed }
  return recording(state, at, 'order.proposed', body, actorOf(by))
}

/** A proposal that this operator may confirm now, as the order that it is, or why not. */
export function confirmable(
  state: State,
  by: OrderedBy,
  { proposal, digest }: ActionOf<'order.confirm'>,
): { readonly record: OrderRecord; readonly proposer: Operator; readonly proposal: Proposal } | Refusal {
  const kept = state.proposals?.get(proposal)
  if (kept === undefined || kept.expiresAt <= by.at) return notWaiting
  if (kept.digest !== digest)
    return refusal(
      'version-mismatch',
      'The digest is not that of the proposal.',
      'Look at the proposal again.',
    )
  const record = recordOf(kept)
  const proposer = state.operators.get(kept.operator)
  if (proposer === undefined || proposer.status !== undefined)
    return refusal('not-entitled', 'Whoever proposed this is no active operator.', 'A new proposal.')
  if (proposer.id === by.operator.id)
    return refusal('not-entitled', 'Nobody confirms their own proposal.', 'A different operator.')
  const isAllowed = [by.operator, proposer].some((one) => mayAlone(state, one, record.command))
  if (!isAllowed) return notTheirs
  const { policyVersion, canonVersion } = state.domain ?? {}
  if (record.policyVersion !== policyVersion || record.canonVersion !== canonVersion)
    return refusal('version-mismatch', 'Policy or canon changed since the proposal.', 'A new proposal.')
  return { record, proposer, proposal: kept }
}

/** Records the confirmation, followed by what the order makes of the state right after it. */
export function confirmed(
  state: State,
  by: OrderedBy,
  proposal: Seq,
  carryOut: (ahead: State) => Decision,
): Decision {
  const recorded = recorder(state, by.at)
  const cause = recorded.record(
    'order.confirmed',
    { proposal, operator: by.operator.id, signed: by.signed },
    { ...actorOf(by), cause: proposal },
  )
  const decision = carryOut({ ...state, seq: cause })
  if (decision.events.length === 0) return decision
  const events = decision.events.map((event) => (event.cause === 0 ? { ...event, cause } : event))
  return { ...decision, events: [...recorded.events, ...events] }
}

/** Says no to a proposal: whoever could confirm it, or whoever made it. */
export function decline(
  state: State,
  by: OrderedBy,
  { proposal, reason }: ActionOf<'order.decline'>,
): Decision {
  const kept = state.proposals?.get(proposal)
  if (kept === undefined) return unrecorded(notWaiting)
  const isOwn = kept.operator === by.operator.id
  if (!isOwn && !mayAlone(state, by.operator, recordOf(kept).command)) return unrecorded(notTheirs)
  const body = { proposal, operator: by.operator.id, reason, signed: by.signed }
  return recording(state, by.at, 'order.declined', body, { ...actorOf(by), cause: proposal })
}

/** Lets go of proposals that nobody decided in time. */
export function lapseProposals(state: State, recorded: Recorder, at: Instant): void {
  for (const { id: proposal, expiresAt } of state.proposals?.values() ?? []) {
    if (expiresAt > at) continue
    const body = { proposal, operator: 0, reason: 'nobody decided in time', signed: null } as const
    recorded.record('order.declined', body, { cause: proposal })
  }
}

/** The order that is really at stake: where a proposal is confirmed, the one that was proposed. */
export function meantAction(state: State, action: OrderAction): OrderAction {
  const kept = action.do === 'order.confirm' ? state.proposals?.get(action.proposal) : undefined
  return kept === undefined ? action : recordOf(kept).command
}

/** The order inside a proposal. It was parsed just so before it was kept. */
export function recordOf({ signed }: Proposal): OrderRecord {
  const order = parseOrder(keptJson(signed.record))
  invariant(order.ok, 'a proposal holds an order')
  return order.value
}

const notWaiting = refusal('not-found', 'No such proposal waits.', 'See the proposals.')
const notTheirs = refusal('not-entitled', 'This is not this operator’s to decide.', 'A sovereign operator.')
