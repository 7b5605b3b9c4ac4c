/**
 * Timers of processes, in ledger time. One that was set fires once, after a restart too; the process is told of
 * it until it says that it has heard, and a frozen process when it is thawed. A timer lets nothing happen that
 * could not happen without it.
 */
import type { Instant, Seq } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import { isBusyDeriving } from '../capability/derive.ts'
import type { Command } from '../command.ts'
import type { Decision, Recorder } from '../decision.ts'
import { byProcess, recording, unrecorded } from '../decision.ts'
import type { EventOf } from '../event.ts'
import { whyStill } from '../halt/still.ts'
import { limits } from '../limits.ts'
import type { Refusal } from '../refusal.ts'
import { refusal } from '../refusal.ts'
import type { Process, State } from '../state.ts'
import { processOf } from './evolve-process.ts'
import { whyFrozen, whyIdle } from './freeze.ts'
import { noProcess, refuseSyscall } from './refuse.ts'

/** A timer that was set and not cancelled. */
export interface Timer {
  readonly dueAt: Instant
  readonly note: string
  hasFired: boolean
}

/** A process sets a timer. */
export function decideTimerSet(
  state: State,
  { at, process, delayMs, note }: Extract<Command, { kind: 'timer.set' }>,
): Decision {
  const known = state.processes.get(process)
  if (known === undefined) return noProcess
  const why = whyUnsettable(state, known, at)
  if (why !== null) return refuseSyscall(state, at, { process, object: 0, selector: 'timer/set' }, why)
  const body = { process, dueAt: id<Instant>(at + delayMs), note }
  return recording(state, at, 'timer.set', body, byProcess(process))
}

/** A process wants a timer of its own no more, or has heard that it fired. */
export function decideTimerCancel(
  state: State,
  { at, process, timer }: Extract<Command, { kind: 'timer.cancel' }>,
): Decision {
  if (state.processes.get(process)?.timers?.has(timer) !== true)
    return unrecorded(refusal('not-found', 'This process has no such timer.', 'One that it set.'))
  const circumstances = { ...byProcess(process), cause: timer }
  return recording(state, at, 'timer.cancelled', { process, timer }, circumstances)
}

/** Timers that are due and have not fired, of processes that run. */
export function* dueTimers(
  state: State,
  at: Instant,
): Generator<{ readonly process: Process; readonly timer: Seq }> {
  if (whyStill(state, at) !== null) return
  for (const process of state.processes.values()) {
    if (process.timers === undefined || whyFrozen(state, process) !== null) continue
    for (const [timer, { dueAt, hasFired }] of process.timers)
      if (!hasFired && dueAt <= at) yield { process, timer }
  }
}

/** Fires, in `recorded`, what is due. */
export function fireTimers(state: State, recorded: Recorder, at: Instant): void {
  for (const { process, timer } of dueTimers(state, at))
    recorded.record('timer.fired', { process: process.id, timer }, { cause: timer })
}

/** Applies the three events of timers. */
export function applyTimer(
  state: State,
  event: EventOf<'timer.set'> | EventOf<'timer.fired'> | EventOf<'timer.cancelled'>,
): void {
  const process = processOf(state, event.body.process)
  const timers = process.timers ?? new Map<Seq, Timer>()
  if (event.kind === 'timer.set')
    timers.set(event.seq, { dueAt: event.body.dueAt, note: event.body.note, hasFired: false })
  else if (event.kind === 'timer.cancelled') timers.delete(event.body.timer)
  else {
    const fired = timers.get(event.body.timer)
    if (fired !== undefined) fired.hasFired = true
  }
  if (timers.size > 0) process.timers = timers
  else delete process.timers
}

function whyUnsettable(state: State, process: Process, at: Instant): Refusal | null {
  const idle = whyIdle(state, process, at)
  if (idle !== null) return idle
  if (isBusyDeriving(process, at))
    return refusal('rate-limited', 'This process sets and cancels too much.', 'Wait a few seconds.')
  const isFull = (process.timers?.size ?? 0) >= limits.timersPerProcess
  return isFull
    ? refusal('limit', 'This process has too many timers.', 'Cancel some that are not needed.')
    : null
}
