/** A call as it comes in, before anything is decided about it. */
import type { CallId, ProcessId } from '../base/ids.ts'
import type { Json, JsonObject } from '../base/json.ts'
import type { Designation } from '../kernel/command.ts'
import type { ReverseSelector } from '../kernel/manifest.ts'
import { isReverse } from '../kernel/manifest.ts'

/** What a requester says about its call beside what it asks for. None of it is authority. */
export interface CallNotes {
  /** What the requester can answer if the driver asks it in the course of the call. */
  readonly answers: readonly ReverseSelector[]
  /** It wants to hear of progress. */
  readonly progress: boolean
  /** It wants to hear log messages of this level and above, or none. */
  readonly log: string | null
  /** W3C trace context, or null. */
  readonly trace: string | null
  /** What a driver calls the question it asks; a client may be told it, and it means nothing here. */
  readonly key?: string
}

/** A request for an effect, as a surface hands it in. */
export interface CallRequest {
  readonly process: ProcessId
  readonly designation: Designation
  readonly selector: string
  readonly bytes: Uint8Array
  /** Until when its answer is of use, from now; never longer than the kernel's own deadline. */
  readonly deadlineMs?: number
  readonly notes?: CallNotes
  /** The call in whose course a driver asks. */
  readonly within?: CallId
}

const traceContext = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/u
const logLevels = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency']

/** Reads the notes of a call's header. What cannot be read is not there: notes never fail a call. */
export function readNotes(header: JsonObject): CallNotes | null {
  const { answers, progress, log, trace } = header as { readonly [name: string]: Json | undefined }
  const known = Array.isArray(answers) ? answers.filter(isReverseName) : []
  const level = isLogLevel(log) ? log : null
  const context = typeof trace === 'string' && traceContext.test(trace) ? trace : null
  if (known.length === 0 && progress !== true && level === null && context === null) return null
  return { answers: [...new Set(known)], progress: progress === true, log: level, trace: context }
}

/** True when a requester with these notes wants to hear this of its call. */
export function wants(notes: CallNotes, { event }: JsonObject): boolean {
  if (event === 'lull') return true
  return event === 'progress' ? notes.progress : notes.log !== null
}

/** What those who wait for one call say together, or null when they say nothing. */
export function combined(notes: readonly CallNotes[]): CallNotes | null {
  const [first] = notes
  if (first === undefined || notes.length === 1) return first ?? null
  return {
    ...first,
    answers: [...new Set(notes.flatMap(({ answers }) => answers))],
    progress: notes.some(({ progress }) => progress),
    log: notes.find(({ log }) => log !== null)?.log ?? null,
    trace: notes.find(({ trace }) => trace !== null)?.trace ?? null,
  }
}

/** True for the names of log levels. */
export function isLogLevel(value: Json | undefined): value is string {
  return typeof value === 'string' && logLevels.includes(value)
}

function isReverseName(value: Json): value is ReverseSelector {
  return typeof value === 'string' && isReverse(value)
}
