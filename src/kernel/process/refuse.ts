/**
 * Recording refusals. Each is an event until a process has been refused too often in the current window;
 * from then on they are only counted (by the machine, which flushes the counts as one event), so that no
 * agent can fill the disk by asking.
 */
import type { Instant, ProcessId } from '../../base/ids.ts'
import type { Decision } from '../decision.ts'
import { byProcess, recorder, unrecorded } from '../decision.ts'
import type { Payload, Verdict } from '../event.ts'
import { limits } from '../limits.ts'
import type { Refusal } from '../refusal.ts'
import { refusal } from '../refusal.ts'
import type { State } from '../state.ts'

/** What is known about a refused syscall. */
export interface RefusedSyscall {
  readonly process: ProcessId
  readonly object: number
  readonly selector: string
  readonly payload?: Payload
  readonly verdict?: Verdict
  readonly trace?: string
  /** The denied call whose decision this refusal delivers. Such a refusal is always recorded. */
  readonly collects?: { readonly call: number; readonly cause: number }
}

/** What a process hears that there is not. Nothing of it is recorded. */
export const noProcess: Decision = unrecorded(refusal('not-found', 'There is no such process.', 'An agent.'))

/** Refuses a syscall, recorded while the process is within its window. */
export function refuseSyscall(state: State, at: Instant, syscall: RefusedSyscall, why: Refusal): Decision {
  const process = state.processes.get(syscall.process)
  if (process === undefined) return unrecorded(why)
  const recent = at - process.refusalWindowStart < limits.refusalWindowMs ? process.refusalCount : 0
  if (recent >= limits.refusalsPerWindow && syscall.collects === undefined) return unrecorded(why)
  const recorded = recorder(state, at)
  const seq = recorded.record(
    'syscall.refused',
    {
      process: syscall.process,
      object: syscall.object,
      selector: cut(syscall.selector),
      code: why.code,
      message: cut(why.message),
      needed: cut(why.needed),
      verdict: syscall.verdict ?? null,
      ...(syscall.trace === undefined ? {} : { trace: syscall.trace }),
      collects: syscall.collects?.call ?? 0,
    },
    {
      ...byProcess(syscall.process),
      cause: syscall.collects?.cause ?? 0,
      payload:
        syscall.payload !== undefined && syscall.payload.length <= limits.refusedPayloadLength
          ? syscall.payload
          : null,
    },
  )
  return { events: recorded.events, refusal: { ...why, seq } }
}

/** What the asker wrote may be in it, at any length. Cutting may halve a surrogate pair; an event is strict. */
function cut(text: string): string {
  return text.slice(0, limits.textLength).toWellFormed()
}
