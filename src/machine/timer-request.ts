/** What a process asks about timers of its own, read strictly, and what it is told of them. */
import type { ProcessId, Seq } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import type { Json, JsonObject } from '../base/json.ts'
import type { EventOf } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import type { State } from '../kernel/state.ts'
import type { AgentChannel } from './agent-channel.ts'
import type { Untimed } from './core.ts'

/** The command of `{op: "timer.set", delayMs, note?}`, or null when it is malformed. */
export function timerSetCommand(process: ProcessId, header: JsonObject): Untimed | null {
  const { delayMs, note = '' } = header as { readonly [name: string]: Json | undefined }
  if (!isWhole(delayMs) || delayMs > limits.timerMs) return null
  if (typeof note !== 'string' || note.length > limits.textLength) return null
  return { kind: 'timer.set', process, delayMs, note }
}

/** The command of `{op: "timer.cancel", timer}`, or null when it is malformed. */
export function timerCancelCommand(process: ProcessId, { timer }: JsonObject): Untimed | null {
  return isWhole(timer) ? { kind: 'timer.cancel', process, timer: id<Seq>(timer) } : null
}

/** A timer as its process may see it. */
export interface TimerView extends JsonObject {
  readonly timer: Seq
  readonly dueAt: number
  readonly note: string
  readonly hasFired: boolean
}

/** A process's timers as it may see them. */
export function* timersOf(state: State, process: ProcessId): Generator<TimerView> {
  for (const [timer, { dueAt, note, hasFired }] of state.processes.get(process)?.timers ?? [])
    yield { timer, dueAt, note, hasFired }
}

/** What a process is told of each timer that fired and that it has not cancelled. */
export function firedTimers(state: State, process: ProcessId): readonly JsonObject[] {
  return [...timersOf(state, process)].filter(({ hasFired }) => hasFired).map(timerNotice)
}

/** Tells every attachment of a process that a timer of its own fired. */
export function tellOfTimer(
  state: State,
  attached: Iterable<AgentChannel>,
  { body: { process, timer } }: EventOf<'timer.fired'>,
): void {
  const fired = state.processes.get(process)?.timers?.get(timer)
  if (fired === undefined) return
  for (const channel of attached)
    if (channel.attachment.process === process) channel.changed(timerNotice({ ...fired, timer }))
}

function timerNotice({ timer, dueAt, note }: TimerView): JsonObject {
  return { event: 'timer', timer, dueAt, note }
}

function isWhole(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
