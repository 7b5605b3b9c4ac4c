/**
 * The last look before an admitted call leaves: between the intent and its becoming durable, a revocation or
 * an expiry may have come. What fails here was provably not dispatched, so its uses are given back.
 */
import type { CallId, Instant } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import { authorityOf, chainOf, whyDead } from '../capability/tree.ts'
import type { Decision } from '../decision.ts'
import { accepted, recorder, unrecorded } from '../decision.ts'
import type { Refusal } from '../refusal.ts'
import { refusal } from '../refusal.ts'
import type { Call, State } from '../state.ts'
import { effectOf } from './reverse.ts'

/** Why the call may no longer be dispatched, or null. */
export function whyUndispatchable(state: State, call: CallId, at: Instant): Refusal | null {
  const admitted = state.calls.get(call)
  if (admitted?.stage !== 'admitted')
    return refusal('not-found', 'The call is no longer in flight.', 'A new call.')
  if (state.halted !== null)
    return refusal('halted', 'Everything is halted.', 'A sovereign operator’s resume.')
  return whyDead(state, chainOf(state, admitted.capability), at) ?? whyChanged(state, admitted)
}

/** An operator may have accepted another manifest meanwhile: what was let through is not what would be reached. */
function whyChanged(state: State, { object, selector }: Call): Refusal | null {
  const driver = state.drivers.get(id(object)) ?? null
  if (effectOf(driver, selector) !== null && driver?.quarantined.has(selector) === false) return null
  return refusal(
    'definition-changed',
    'The driver was changed before the call left.',
    'The call again, later.',
  )
}

/** Settles the call as cancelled if it may no longer go out; otherwise decides nothing. */
export function decideRecheck(state: State, call: CallId, at: Instant): Decision {
  const why = whyUndispatchable(state, call, at)
  const admitted = state.calls.get(call)
  if (why === null) return { events: [], refusal: null }
  if (admitted?.stage !== 'admitted') return unrecorded(why)
  const recorded = recorder(state, at)
  recorded.record(
    'call.settled',
    { call, outcome: 'cancelled', reason: why.message, released: true },
    { cause: admitted.lastSeq, ...authority(state, call) },
  )
  return { ...accepted(recorded), refusal: why }
}

/** The authority of an active call, as circumstances of an event. */
export function authority(
  state: State,
  call: CallId,
): { readonly authority?: ReturnType<typeof authorityOf> } {
  const active = state.calls.get(call)
  const capability = active === undefined ? undefined : state.capabilities.get(active.capability)
  return capability === undefined ? {} : { authority: authorityOf(capability) }
}
