/**
 * Operators' orders. Whatever the order, the same questions come first: does the signature verify, is it for
 * this domain, fresh, never seen, signed against the versions in force. A refused order is recorded too.
 */
import { asksFourEyes as canonAsksFourEyes, canonOf, whyOrderAgainstCanon } from '../canon/evaluate.ts'
import { lessens } from '../canon/order-kinds.ts'
import type { ActionOf, Command, OrderAction } from '../command.ts'
import type { Decision } from '../decision.ts'
import { recorder, unrecorded } from '../decision.ts'
import type { Refusal } from '../refusal.ts'
import { refusal } from '../refusal.ts'
import type { Operator, State } from '../state.ts'
import { limits } from '../limits.ts'
import { carryOut } from './carry-out.ts'
import { entitlementOf, whyOtherKernel, whyUnheard } from './entitlement.ts'
import { confirmable, confirmed, grantAsksFourEyes, propose } from './proposals.ts'
import type { OrderedBy } from './ordered.ts'

type Order = Extract<Command, { kind: 'order' }>

/** Decides a signed order. */
export function decideOrder(state: State, command: Order): Decision {
  const operator = state.operators.get(command.order.record.operator)
  const why = whyUncanonical(state, command) ?? whyUnacceptable(state, command, operator)
  if (operator === undefined || why !== null) return refuseOrder(state, command, why ?? invalid)
  const decision = handle(state, command, operator)
  return decision.events.length === 0 && decision.refusal !== null
    ? refuseOrder(state, command, decision.refusal)
    : decision
}

const invalid = refusal(
  'signature-invalid',
  'The order is not signed by an enrolled operator.',
  'An operator’s key.',
)

/** The canon is asked before anything else, even before who orders. */
function whyUncanonical(state: State, { at, order }: Order): Refusal | null {
  return whyOrderAgainstCanon(canonOf(state), order.record.command, at)
}

function whyUnacceptable(state: State, { at, order }: Order, operator: Operator | undefined): Refusal | null {
  const { record } = order
  if (operator === undefined || !order.signatureValid) return invalid
  if (operator.status !== undefined)
    return refusal('not-entitled', 'This operator’s key is lost or was revoked.', 'An active operator’s key.')
  if (record.domain !== state.domain?.name) {
    return refusal('not-entitled', 'The order is for another domain.', 'An order signed for this domain.')
  }
  if (Math.abs(record.time - at) > limits.orderSkewMs) {
    const stale = 'The order was signed too long ago, or in the future.'
    return refusal('order-stale', stale, 'A correct clock and a new signature.')
  }
  if (state.nonces.has(record.nonce)) {
    return refusal('order-replayed', 'This order was already carried out.', 'A new order.')
  }
  const { policyVersion, canonVersion } = state.domain
  if (record.policyVersion !== policyVersion || record.canonVersion !== canonVersion) {
    const changed = 'Policy or canon changed since the order was signed.'
    return refusal('version-mismatch', changed, 'Look again and sign anew.')
  }
  return whyNotHere(state, record.command, at)
}

function whyNotHere(state: State, action: OrderAction, at: Order['at']): Refusal | null {
  return whyOtherKernel(state, action) ?? whyUnheard(state, action, at)
}

/** Carried out at once, or kept as a proposal; a confirmation carries out what another operator proposed. */
function handle(state: State, command: Order, operator: Operator): Decision {
  const { at, order } = command
  const { signed, proofValid = false } = order
  const action = order.record.command
  const by = { at, operator, signed, proofValid }
  if (action.do === 'order.confirm') return confirm(state, command, by, action)
  const entitled = entitlementOf(state, operator, action)
  if (typeof entitled !== 'string') return unrecorded(entitled)
  const isProposal = entitled === 'proposes' || (!lessens(action) && asksFourEyes(state, action))
  return isProposal ? propose(state, by, action) : carryOut(state, by, action, command)
}

function asksFourEyes(state: State, action: OrderAction): boolean {
  return canonAsksFourEyes(canonOf(state), action.do) || grantAsksFourEyes(state, action)
}

function confirm(state: State, command: Order, by: OrderedBy, action: ActionOf<'order.confirm'>): Decision {
  const found = confirmable(state, by, action)
  if ('code' in found) return unrecorded(found)
  const { record, proposer, proposal } = found
  const { at, proofValid } = by
  const why =
    whyOrderAgainstCanon(canonOf(state), record.command, at) ?? whyNotHere(state, record.command, at)
  if (why !== null) return unrecorded(why)
  const proof = proofValid === undefined ? {} : { proofValid }
  const proposed = { at, operator: proposer, signed: proposal.signed, ...proof }
  return confirmed(state, by, proposal.id, (ahead) => carryOut(ahead, proposed, record.command, command))
}

function refuseOrder(state: State, { at, order }: Order, why: Refusal): Decision {
  const { record } = order
  const recent = at - state.orderRefusalWindowStart < limits.refusalWindowMs ? state.orderRefusalCount : 0
  if (recent >= limits.refusalsPerWindow) return unrecorded(why)
  const known = state.operators.has(record.operator) && order.signatureValid
  const recorded = recorder(state, at)
  const seq = recorded.record(
    'order.refused',
    {
      operator: known ? record.operator : 0,
      action: record.command.do,
      code: why.code,
      message: why.message,
    },
    known ? { actor: { kind: 'operator', id: record.operator } } : {},
  )
  return { events: recorded.events, refusal: { ...why, seq } }
}
