/**
 * What the worker and its parent say to each other, as frames of the wire over the worker's standard input and
 * output. The parent believes nothing that comes from a worker beyond what these readers accept: a script that
 * broke out of the engine would speak with the worker's voice.
 *
 * The worker greets; the parent's welcome carries the script and its settings. Requests are the script's
 * syscalls, numbered by the worker from 1. The notice `turn` says that the script waits, `end` that it is over.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { parseStrictJson } from '../../base/strict-json.ts'
import { machineLimits } from './agent-limits.ts'
import type { MachineEnd, MachineSettings } from './machine.ts'

/** What a worker is told to run, beside the source. */
export interface WorkerTask extends MachineSettings {
  /** Time at the start, in milliseconds since the epoch. */
  readonly startedAt: number
}

/** A syscall as the worker passes it on. */
export type WorkerAsk =
  | {
      readonly kind: 'call'
      readonly n: number
      readonly driver: string
      readonly selector: string
      readonly arguments: Uint8Array
    }
  | { readonly kind: 'capabilities'; readonly n: number }

/** How a script ended, and what it used. */
export interface ScriptEnd extends MachineEnd {
  readonly fuel: number
  readonly issued: number
  /** Answers that reached the script: later ones were under way when it ended. */
  readonly answered: number
}

const ends: readonly MachineEnd['how'][] = ['finished', 'threw', 'stalled', 'fuel', 'syscalls', 'engine']

/** The header of a welcome. */
export function taskHeader(task: WorkerTask): JsonObject {
  const { seed, fuel, memoryMiB, syscalls, startedAt } = task
  return { seed, fuel, memoryMiB, syscalls, startedAt }
}

/** Reads the header of a welcome; null when it is none of ours. */
export function readTask(header: JsonObject): WorkerTask | null {
  const { seed, fuel, memoryMiB, syscalls, startedAt } = header
  if (typeof seed !== 'string' || !isSeed(seed)) return null
  if (!isCount(fuel) || !isCount(memoryMiB) || !isCount(syscalls) || !isCount(startedAt)) return null
  return { seed, fuel, memoryMiB, syscalls, startedAt }
}

/** True for a seed: 32 lower-case hex digits. */
export function isSeed(text: string): boolean {
  return /^[0-9a-f]{32}$/u.test(text)
}

/** Reads a request of the worker, which must be its `n`th; null when it is not. */
export function readAsk(n: number, header: JsonObject, body: Uint8Array): WorkerAsk | null {
  if (header['n'] !== n) return null
  if (header['op'] === 'capabilities') return { kind: 'capabilities', n }
  const { op, driver, selector } = header
  if (op !== 'call' || !isWord(driver) || !isWord(selector)) return null
  if (body.length > machineLimits.argumentBytes) return null
  return { kind: 'call', n, driver, selector, arguments: body }
}

/** The header of an `end` notice. Its body is the text. */
export function endHeader({ how, fuel, issued, answered }: Omit<ScriptEnd, 'text'>): JsonObject {
  return { event: 'end', how, fuel, issued, answered }
}

/** Reads an `end` notice; null when it is malformed. */
export function readEnd(header: JsonObject, body: Uint8Array): ScriptEnd | null {
  const { how, fuel, issued, answered } = header
  const known = ends.find((word) => word === how)
  if (known === undefined || !isCount(fuel) || !isCount(issued) || !isCount(answered)) return null
  const text = new TextDecoder().decode(body)
  if (text.length > machineLimits.resultLength) return null
  if (known === 'finished' && !isJsonText(body)) return null
  return { how: known, text, fuel, issued, answered }
}

/** What a script may read of an answer beside the result. A refusal has `refusal`; anything else an outcome. */
export interface AnswerHead {
  readonly ok: boolean
  readonly outcome?: string
  readonly reason?: string
  readonly comment?: string
  readonly refusal?: { readonly code: string; readonly message: string; readonly needed: string }
}

/** What a script is answered. `body` is the result, or null when there is none. */
export interface ScriptAnswer {
  /** Null for the list of capabilities, which is nothing but its body. */
  readonly head: AnswerHead | null
  readonly body: Uint8Array | null
}

/** An answer that is a refusal, cut to what fits. */
export function refusedAnswer(refusal: {
  readonly code: string
  readonly message: string
  readonly needed: string
}): ScriptAnswer {
  const { code, message, needed } = refusal
  const head = { ok: false, refusal: { code: cut(code), message: cut(message), needed: cut(needed) } }
  return { head, body: null }
}

/** An answer that is an outcome. The script has no result unless the call is `done` or `failed`. */
export function endedAnswer(
  outcome: string,
  reason: string,
  comment: string,
  result: Uint8Array,
): ScriptAnswer {
  const head = { ok: true, outcome, reason: cut(reason), comment: cut(comment) }
  return { head, body: outcome === 'done' || outcome === 'failed' ? result : null }
}

/** Cuts a remark to what an answer carries. Cutting may halve a surrogate pair; text in a frame is strict. */
function cut(text: string): string {
  return text.slice(0, machineLimits.remarkLength).toWellFormed()
}

function isJsonText(body: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
    return true
  } catch {
    return false
  }
}

function isCount(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isWord(value: Json | undefined): value is string {
  return typeof value === 'string' && value.length >= 1 && value.length <= machineLimits.wordLength
}

/** The answer in a reply's header, or null when a parent said something else. For the worker. */
export function answerOf(header: JsonObject): { readonly now: number; readonly head: string } | null {
  const { now, head } = header
  if (!isCount(now) || typeof head !== 'string') return null
  const parsed = parseStrictJson(new TextEncoder().encode(head))
  return parsed.ok && (parsed.value === null || isJsonObject(parsed.value)) ? { now, head } : null
}
