/**
 * The last look before an admitted call leaves: between the intent and its becoming durable, a revocation or
 * an expiry may have come. What fails here was provably not dispatched, so its uses are given back.
 */
import type { CallId, Instant } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import { leavesOf } from '../capability/quorum.ts'
import { whyNotLive } from '../capability/tree.ts'
import type { Decision, Recorder } from '../decision.ts'
import { accepted, recorder, unrecorded } from '../decision.ts'
import type { Authority, EventBodies } from '../event.ts'
import { whyFrozen } from '../process/freeze.ts'
import type { Refusal } from '../refusal.ts'
import { refusal } from '../refusal.ts'
import type { Call, State } from '../state.ts'
import { effectOf, whyUncanonical } from './reverse.ts'
import { whyStill } from '../halt/still.ts'

/** Why the call may no longer be dispatched, or null. */
export function whyUndispatchable(state: State, call: CallId, at: Instant): Refusal | null {
  const admitted = state.calls.get(call)
  if (admitted?.stage !== 'admitted')
    return refusal('not-found', 'The call is no longer in flight.', 'A new call.')
  const still = whyStill(state, at)
  if (still !== null) return still
  const frozen = whyFrozen(state, state.processes.get(admitted.process))
  if (frozen !== null) return frozen
  if (admitted.dueAt <= at) return late
  // The canon may have been amended meanwhile.
  const uncanonical = whyUncanonical(state, admitted.process, admitted.object, admitted.selector)
  if (uncanonical !== null) return uncanonical
  for (const leaf of leavesOf(admitted)) {
    const dead = whyNotLive(state, leaf, at)
    if (dead !== null) return dead
  }
  return whyChanged(state, admitted)
}

const late = refusal('not-found', 'The call’s deadline passed before it left.', 'A new call.')

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
export function decideRecheck(
  state: State,
  { call, at }: { readonly call: CallId; readonly at: Instant },
): Decision {
  const why = whyUndispatchable(state, call, at)
  const admitted = state.calls.get(call)
  if (why === null) return { events: [], refusal: null }
  if (admitted?.stage !== 'admitted') return unrecorded(why)
  const recorded = recorder(state, at)
  const cancelled = { call, outcome: 'cancelled', reason: why.message, released: true } as const
  recordEnd(state, recorded, why === late ? timedOut(call, true) : cancelled, admitted.lastSeq)
  return { ...accepted(recorded), refusal: why }
}

/** The end of a call whose deadline passed: before it could be dispatched, or while its driver had it. */
export function timedOut(call: CallId, released: boolean): EventBodies['call.settled'] {
  const reason = released ? 'the driver did not take it in time' : 'the driver did not answer in time'
  return { call, outcome: 'timed-out', reason, released }
}

/** Records, among others, how a call ended. */
export function recordEnd(
  state: State,
  recorded: Recorder,
  body: EventBodies['call.settled'],
  cause: number,
): void {
  recorded.record('call.settled', body, { cause, ...authority(state, body.call) })
}

/** The authority of an active call, as circumstances of an event. */
export function authority(state: State, call: CallId): { readonly authority?: Authority } {
  const capability = state.calls.get(call)?.capability
  if (capability === undefined || !state.capabilities.has(capability)) return {}
  return { authority: { capability, root: state.capabilities.rootOf(capability) } }
}
