/**
 * Operators' orders. Whatever the order, the same questions come first: does the signature verify, is it for
 * this domain, fresh, never seen, signed against the versions in force. A refused order is recorded too.
 */
import type { Instant } from '../../base/ids.ts'
import { approve, deny } from '../approval/settle-approval.ts'
import { revoke } from '../capability/derive.ts'
import type { Command } from '../command.ts'
import type { Decision } from '../decision.ts'
import { accepted, recorder, unrecorded } from '../decision.ts'
import type { Refusal } from '../refusal.ts'
import { refusal } from '../refusal.ts'
import type { Operator, State } from '../state.ts'
import { limits } from '../limits.ts'
import { addAgent, addDriver, grant, kill, removeAgent, removeDriver, updateDriver } from './registry.ts'

type Order = Extract<Command, { kind: 'order' }>

/** Decides a signed order. */
export function decideOrder(state: State, command: Order): Decision {
  const operator = state.operators.get(command.order.record.operator)
  const why = whyUnacceptable(state, command, operator)
  if (operator === undefined || why !== null) return refuseOrder(state, command, why ?? invalid)
  const decision = carryOut(state, command, operator)
  return decision.events.length === 0 && decision.refusal !== null
    ? refuseOrder(state, command, decision.refusal)
    : decision
}

/** Orders that can only lessen what processes may do: these are heard while everything is halted. */
const heardWhileHalted: ReadonlySet<string> = new Set([
  'domain.resume',
  'capability.revoke',
  'call.deny',
  'process.kill',
  'agent.remove',
  'driver.remove',
])

const invalid = refusal(
  'signature-invalid',
  'The order is not signed by an enrolled operator.',
  'An operator’s key.',
)

function whyUnacceptable(state: State, { at, order }: Order, operator: Operator | undefined): Refusal | null {
  const { record } = order
  if (operator === undefined || !order.signatureValid) return invalid
  if (record.domain !== state.domain?.name) {
    return refusal('not-entitled', 'The order is for another domain.', 'An order signed for this domain.')
  }
  if (Math.abs(record.time - at) > limits.orderSkewMs) {
    return refusal(
      'order-stale',
      'The order was signed too long ago, or in the future.',
      'A correct clock and a new signature.',
    )
  }
  if (state.nonces.has(record.nonce)) {
    return refusal('order-replayed', 'This order was already carried out.', 'A new order.')
  }
  if (
    record.policyVersion !== state.domain.policyVersion ||
    record.canonVersion !== state.domain.canonVersion
  ) {
    return refusal(
      'version-mismatch',
      'Policy or canon changed since the order was signed.',
      'Look again and sign anew.',
    )
  }
  if (state.halted !== null && !heardWhileHalted.has(record.command.do)) {
    return refusal('halted', 'Everything is halted.', 'A sovereign operator’s signed resume first.')
  }
  return null
}

function carryOut(state: State, command: Order, operator: Operator): Decision {
  const { at, order, undispatched, waiting } = command
  const { signed } = order
  const action = order.record.command
  const by = { at, operator, signed }
  switch (action.do) {
    case 'driver.add':
      return addDriver(state, by, action)
    case 'driver.update':
      return updateDriver(state, by, action)
    case 'driver.remove':
      return removeDriver(state, by, action.driver, undispatched)
    case 'agent.add':
      return addAgent(state, by, action)
    case 'agent.remove':
      return removeAgent(state, by, action.agent, undispatched)
    case 'process.kill':
      return kill(state, by, action, undispatched)
    case 'capability.grant':
      return grant(state, by, action)
    case 'capability.revoke': {
      const capability = state.capabilities.get(action.capability)
      if (capability === undefined)
        return unrecorded(refusal('not-found', 'There is no such capability.', 'The id of one that exists.'))
      const actor = { kind: 'operator', id: operator.id } as const
      return revoke(state, { at, capability, actor, signed, undispatched })
    }
    case 'call.approve':
      return approve(state, {
        ...action,
        ...by,
        waiting,
        ...(command.answer === undefined ? {} : { payload: command.answer }),
      })
    case 'call.deny':
      return deny(state, { ...action, ...by, waiting })
    case 'domain.resume':
      return resume(state, by)
  }
}

/** Who orders, when, and the proof. */
export interface OrderedBy {
  readonly at: Instant
  readonly operator: Operator
  readonly signed: Order['order']['signed']
}

function resume(state: State, { at, operator, signed }: OrderedBy): Decision {
  if (state.halted === null) return unrecorded(refusal('bad-request', 'Nothing is halted.', 'Nothing.'))
  const recorded = recorder(state, at)
  recorded.record(
    'domain.resumed',
    { operator: operator.id, signed },
    { actor: { kind: 'operator', id: operator.id }, cause: state.halted.seq },
  )
  return accepted(recorded)
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
