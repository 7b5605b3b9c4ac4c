/**
 * How calls end. Every admitted call is settled exactly once, with what is known: a driver's answer, a
 * time-out, a cancellation, or that nobody can know (`in-doubt`).
 */
import { invariant } from '../../base/fault.ts'
import type { CallId, Instant } from '../../base/ids.ts'
import type { Command, Undispatched } from '../command.ts'
import type { Decision, Recorder } from '../decision.ts'
import { accepted, byProcess, kernelActor, recorder, recording, unrecorded } from '../decision.ts'
import type { EndedCalls } from '../capability/event-bodies.ts'
import type { EventBodies } from '../event.ts'
import { isReverse } from '../manifest.ts'
import { dueTimers, fireTimers } from '../process/timer.ts'
import { refusal } from '../refusal.ts'
import type { Call, State } from '../state.ts'
import { authority, recordEnd, timedOut } from './recheck.ts'
import { lapseProposals } from '../sovereign/proposals.ts'

type Settle = Extract<Command, { kind: 'call.settle' }>
type Cancel = Extract<Command, { kind: 'call.cancel' }>

const notInFlight = unrecorded(refusal('not-found', 'The call is not in flight.', 'Nothing.'))

/** Records a driver's answer. An answer to a call that is not in flight changes nothing. */
export function decideSettle(state: State, command: Settle): Decision {
  const call = state.calls.get(command.call)
  if (call?.stage !== 'admitted') return notInFlight
  const { at, outcome, reason, released, payload } = command
  const body = { call: call.id, outcome, reason, released }
  return recording(state, at, 'call.settled', body, {
    // What a driver asked is answered by a client or an operator, through the kernel.
    actor: isReverse(call.selector) ? kernelActor : { kind: 'driver', id: call.object },
    cause: call.lastSeq,
    payload,
    ...authority(state, call.id),
  })
}

/**
 * The requester gave up: an admitted call is cancelled, a held one stays for an identical retry. What a driver
 * asked is over with the call it asked in.
 */
export function decideCancel(state: State, command: Cancel): Decision {
  const call = state.calls.get(command.call)
  const cause = call?.lastSeq ?? 0
  if (call !== undefined && call.stage !== 'admitted' && isReverse(call.selector))
    return recording(state, command.at, 'call.lapsed', { call: call.id, reason: 'withdrawn' }, { cause })
  if (call?.stage !== 'admitted') return notInFlight
  const reason = 'the requester gave up'
  const body = { call: call.id, outcome: 'cancelled', reason, released: !command.dispatched } as const
  const circumstances = { ...byProcess(call.process), cause, ...authority(state, call.id) }
  return recording(state, command.at, 'call.settled', body, circumstances)
}

/** True when a tick would do something. */
export function isAnythingDue(state: State, at: Instant): boolean {
  for (const call of state.calls.values()) if (call.dueAt <= at) return true
  for (const proposal of state.proposals?.values() ?? []) if (proposal.expiresAt <= at) return true
  return dueTimers(state, at).next().done !== true
}

/** Time passed: held calls lapse, admitted ones time out, wherever they are, and timers fire. */
export function decideTick(
  state: State,
  { at, undispatched }: { readonly at: Instant; readonly undispatched?: Undispatched },
): Decision {
  const recorded = recorder(state, at)
  // First: nothing comes between the end of a call and that of what its driver asked in its course.
  fireTimers(state, recorded, at)
  lapseProposals(state, recorded, at)
  for (const call of state.calls.values()) {
    if (call.dueAt > at) continue
    if (call.stage === 'admitted') {
      recordEnd(state, recorded, timedOut(call.id, undispatched?.has(call.id) === true), call.lastSeq)
    } else {
      recorded.record('call.lapsed', { call: call.id, reason: 'expired' }, { cause: call.lastSeq })
    }
  }
  return accepted(recorded)
}

/** Ends, in `recorded`, every call that `isCut` names: in flight ones are cancelled, waiting ones lapse. */
export function cut(
  state: State,
  recorded: Recorder,
  calls: readonly Call[],
  why: {
    readonly reason: EventBodies['call.lapsed']['reason']
    readonly cause: number
    readonly undispatched: Undispatched
  },
): void {
  for (const call of calls) {
    if (call.stage === 'admitted') {
      const released = why.undispatched.has(call.id)
      const reason = `its authority was ${why.reason}`
      recordEnd(state, recorded, { call: call.id, outcome: 'cancelled', reason, released }, why.cause)
    } else {
      recorded.record('call.lapsed', { call: call.id, reason: why.reason }, { cause: why.cause })
    }
  }
}

/** Calls of which nobody can say what became of them: those in flight when their driver or kernel died. */
export function doubt(
  state: State,
  recorded: Recorder,
  calls: readonly Call[],
  cause: number,
  reason: string,
): void {
  for (const call of calls) {
    invariant(call.stage === 'admitted', 'only a call in flight can be in doubt')
    recordEnd(state, recorded, { call: call.id, outcome: 'in-doubt', reason, released: false }, cause)
  }
}

/** Calls in flight, in the order they were made. */
export function inFlight(state: State): readonly Call[] {
  return [...state.calls.values()].filter((call) => call.stage === 'admitted')
}

/** Calls that a change of authority ends, as its event names them. */
export function endedBy(calls: readonly Call[], undispatched: Undispatched): EndedCalls {
  const left = calls.filter((call) => call.stage === 'admitted' && !undispatched.has(call.id))
  return { cut: idsOf(calls), ...(left.length === 0 ? {} : { left: idsOf(left) }) }
}

/** Ledger ids of calls. */
export function idsOf(calls: readonly Call[]): readonly CallId[] {
  return calls.map((call) => call.id)
}
