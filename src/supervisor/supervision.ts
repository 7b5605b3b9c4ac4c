/**
 * The words of supervision: what may happen, what may be done about it, and what is remembered in between.
 * All plain data, so that the simulator can make it up and compare it.
 */
import type { AgentProgram, DriverUnit, HeldRun, Unit, Work } from './unit.ts'
import { gatewayUnit, kernelUnit, newUnit } from './unit.ts'

/** Why the system stands still. The content of the halt file. */
export interface HaltRecord {
  /** Wall-clock milliseconds. */
  readonly requestedAt: number
  readonly requestedBy: string
  readonly reason: string
}

/** A halt with what it did: process trees that were killed, and how many were not seen to end so far. */
export interface CarriedOutHalt extends HaltRecord {
  readonly trees: number
  readonly survivors: number
}

/** Something happened. News about a unit names the incarnation it concerns; old news is ignored. */
export type Input =
  | { readonly kind: 'tick' }
  | { readonly kind: 'exited'; readonly unit: string; readonly incarnation: number; readonly how: string }
  /** The kernel said welcome: it serves. */
  | { readonly kind: 'serving'; readonly incarnation: number }
  | { readonly kind: 'pong'; readonly incarnation: number }
  | { readonly kind: 'desired-units'; readonly incarnation: number; readonly drivers: readonly DriverUnit[] }
  | { readonly kind: 'restart-driver'; readonly incarnation: number; readonly driver: number }
  | { readonly kind: 'resumed'; readonly incarnation: number }
  | { readonly kind: 'halt-requested'; readonly record: HaltRecord }
  /** The halt file was found, already written by somebody. */
  | { readonly kind: 'halt-file-present'; readonly record: HaltRecord }
  | { readonly kind: 'start-program'; readonly unit: string; readonly program: AgentProgram }
  /** Somebody holds a program that runs already, and it is to end when everything does. */
  | { readonly kind: 'hold'; readonly unit: string; readonly run: HeldRun }
  | { readonly kind: 'stop-unit'; readonly unit: string }
  | { readonly kind: 'shutdown' }

/** What is to be done, in this order. */
export type Action =
  | { readonly kind: 'write-halt-file'; readonly record: HaltRecord }
  /** Make the written halt file durable. After the kills, because a slow disk must not delay them. */
  | { readonly kind: 'sync-halt-file' }
  | { readonly kind: 'remove-halt-file' }
  | {
      readonly kind: 'spawn'
      readonly unit: string
      readonly incarnation: number
      readonly work: Work
      /** What to tell a kernel; null for everything else. */
      readonly halt: CarriedOutHalt | null
    }
  | { readonly kind: 'kill'; readonly unit: string }
  | { readonly kind: 'close-kernel' }
  | { readonly kind: 'ping-kernel'; readonly incarnation: number }
  | { readonly kind: 'give-up'; readonly unit: string; readonly reason: string }
  /** Shut down, and nothing lives any more. */
  | { readonly kind: 'finished' }

/** The numbers of supervision, in milliseconds and counts. */
export const supervision = {
  /** Failures of one unit within the window after which it is given up. */
  failures: 5,
  failureWindowMs: 60_000,
  /** Wait before the first restart; doubles with every failure in the window, up to the longest. */
  backOffMs: 100,
  longestBackOffMs: 10_000,
  pingEveryMs: 1_000,
  pingTimeoutMs: 5_000,
  /** How long a kernel may take from its start until it serves: it may have much to replay. */
  kernelStartMs: 300_000,
  kernelCloseMs: 3_000,
  /** A killed unit whose end is not seen is killed again this often. */
  killAgainMs: 1_000,
  /** How long the kernel that records a halt waits for the end of what was killed. */
  lastWordsMs: 2_000,
  /** Held programs at once. */
  runs: 256,
  /** Programs at once, and ended ones that are remembered. */
  programs: 64,
  endedPrograms: 32,
} as const

/** Everything the supervisor knows. */
export interface Supervision {
  readonly units: Map<string, Unit>
  halted: HaltRecord | null
  /** When it was halted, and how many trees that killed. */
  haltedAt: number
  killedTrees: number
  isServing: boolean
  isStopping: boolean
  isFinished: boolean
  pingSentAt: number | null
  pingedAt: number
  /** Incarnations given out so far: no two starts of anything share one. */
  incarnations: number
}

/** The state at start. With `halted`, the halt file was found: only the kernel will start. */
export function beginSupervision(halted: HaltRecord | null, hasGateway: boolean): Supervision {
  const units = new Map<string, Unit>([[kernelUnit, newUnit(kernelUnit, { kind: 'kernel' })]])
  if (hasGateway) units.set(gatewayUnit, newUnit(gatewayUnit, { kind: 'gateway' }))
  return {
    units,
    halted,
    haltedAt: 0,
    killedTrees: 0,
    isServing: false,
    isStopping: false,
    isFinished: false,
    pingSentAt: null,
    pingedAt: 0,
    incarnations: 0,
  }
}
