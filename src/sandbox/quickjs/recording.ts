/**
 * What is recorded of a deterministic run beside the ledger. The ledger is the authority: it says what program
 * ran, with what seed, time and limits (in the boundary text of the process), and it holds every call with its
 * arguments and its result. What it does not hold stands in a journal, one canonical JSON text per line: the
 * number of each syscall, the order and the time in which answers reached the script, refusals that were only
 * counted, lists of capabilities, and how it ended. The journal's digest goes into the ledger when the process
 * ends, so a journal that was changed afterwards is recognised.
 *
 * The script cannot forge any of it: both are written by the process that runs it, outside the engine.
 */
import { canonicalJson } from '../../base/canonical-json.ts'
import { sha256Hex } from '../../base/hash.ts'
import { isJsonObject } from '../../base/json.ts'
import { parseStrictJson } from '../../base/strict-json.ts'
import type { AgentLimits } from './agent-limits.ts'
import { defaultAgentLimits, limitsFit } from './agent-limits.ts'
import { engineIdentity } from './engine-identity.ts'
import { isSeed } from './worker-messages.ts'

/** What a run is, fixed before it begins. */
export interface Recording {
  /** The run's id: the name of its folder. */
  readonly run: string
  /** SHA-256 of the program, in hex. */
  readonly source: string
  readonly seed: string
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly limits: AgentLimits
  /** Version and digest of engine and prelude. */
  readonly engine: string
  /** How the worker is held, in a few words. */
  readonly boundary: string
}

const prefix = 'quickjs '
const runId = /^[A-Za-z0-9._-]{1,64}$/u

/** What a run is to be. `boundary` is at most 200 characters. */
export interface RunPlan {
  readonly run: string
  readonly source: Uint8Array
  readonly seed: string
  readonly startedAt: number
  readonly limits?: AgentLimits
  readonly boundary?: string
}

/** Fixes a run, or null when an id, a seed or a limit is none. */
export function planRecording(plan: RunPlan): Recording | null {
  const { run, source, seed, startedAt, limits = defaultAgentLimits, boundary = '' } = plan
  const { fuel, memoryMiB, syscalls, turnMs } = limits
  const recording = {
    run,
    source: sha256Hex(source),
    seed,
    startedAt,
    limits: { fuel, memoryMiB, syscalls, turnMs },
    engine: engineIdentity(),
    boundary: boundary.slice(0, 200).toWellFormed(),
  }
  return recordingFits(recording) ? recording : null
}

function recordingFits({ run, source, seed, startedAt, limits }: Recording): boolean {
  const isNamed = runId.test(run) && !run.startsWith('.') && /^[0-9a-f]{64}$/u.test(source)
  return isNamed && isSeed(seed) && Number.isSafeInteger(startedAt) && startedAt >= 0 && limitsFit(limits)
}

/** The text by which the ledger knows a run: the `boundary` of its process. Below 1,024 characters. */
export function recordingText(recording: Recording): string {
  return prefix + canonicalJson({ ...recording, limits: { ...recording.limits } })
}

/** Reads such a text, or null when it is of something else. */
export function parseRecordingText(text: string): Recording | null {
  if (!text.startsWith(prefix)) return null
  const parsed = parseStrictJson(new TextEncoder().encode(text.slice(prefix.length)))
  if (!parsed.ok || !isJsonObject(parsed.value)) return null
  const { run, source, seed, startedAt, limits, engine, boundary } = parsed.value
  if (typeof run !== 'string' || typeof source !== 'string' || typeof seed !== 'string') return null
  if (typeof startedAt !== 'number' || typeof engine !== 'string' || typeof boundary !== 'string') return null
  const { fuel, memoryMiB, syscalls, turnMs } = isJsonObject(limits) ? limits : {}
  if (typeof fuel !== 'number' || typeof memoryMiB !== 'number') return null
  if (typeof syscalls !== 'number' || typeof turnMs !== 'number') return null
  const recording = {
    run,
    source,
    seed,
    startedAt,
    limits: { fuel, memoryMiB, syscalls, turnMs },
    engine,
    boundary,
  }
  return recordingFits(recording) ? recording : null
}

/** The reason with which a run's process is ended: how it went, and the digest of its journal. */
export function endReason(how: string, digest: string): string {
  return `quickjs ${how}; journal sha256:${digest}`
}

/** The digest in such a reason, or null. */
export function sealedDigest(reason: string): string | null {
  return /^quickjs [a-z]+; journal sha256:(?<digest>[0-9a-f]{64})$/u.exec(reason)?.groups?.['digest'] ?? null
}

/** The W3C trace context of syscall `n`: it puts the number into the ledger. It tells nothing of the seed. */
export function traceOf(recording: Recording, n: number): string {
  const trace = sha256Hex(`trace ${recordingText(recording)}`).slice(0, 32)
  return `00-${trace}-${n.toString(16).padStart(16, '0')}-01`
}

/** The number of the syscall that made `trace`, or null when it was none of this run. */
export function syscallOf(recording: Recording, trace: string | undefined): number | null {
  const n = trace === undefined ? Number.NaN : Number.parseInt(trace.slice(36, 52), 16)
  return Number.isSafeInteger(n) && n > 0 && traceOf(recording, n) === trace ? n : null
}
