/**
 * The words of supervision: what may happen, what may be done about it, and what is remembered in between.
 * All plain data, so that the simulator can make it up and compare it.
 */
import type { InnerScope, Scope } from './scope.ts'
import type { AgentProgram, DriverUnit, HeldRun, Unit, Work } from './unit.ts'

/** Why a scope stands still. The content of its halt file. */
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

/** What a kernel is told first of the halts it stands under. */
export interface HaltsToTell {
  /** Of the whole domain, or of everything. */
  readonly domain: { readonly scope: Scope; readonly halt: CarriedOutHalt } | null
  readonly inner: readonly { readonly scope: InnerScope; readonly halt: CarriedOutHalt }[]
}

/** A process as its kernel told of it. */
export interface Identity {
  readonly agent: number
  /** 0 for the standing process of an agent. */
  readonly parent: number
  readonly name: string
}

/** A domain as the sovereign's kernel wants it. */
export interface DomainUnit {
  readonly name: string
  readonly status: 'active' | 'frozen' | 'removed'
  /** Its share of the machine, beside those of the others. */
  readonly weight: number
}

/** News of one incarnation of one domain's kernel. */
export type KernelNews = { readonly domain: string; readonly incarnation: number } & (
  | /** The kernel said welcome: it serves. */ { readonly kind: 'serving' }
  | { readonly kind: 'pong' }
  | { readonly kind: 'desired-units'; readonly drivers: readonly DriverUnit[] }
  /** The sovereign's: which domains there are. */
  | { readonly kind: 'desired-domains'; readonly domains: readonly DomainUnit[] }
  | { readonly kind: 'restart-driver'; readonly driver: number }
  /** Which processes there are: all of them, or those that came and went. */
  | {
      readonly kind: 'identities'
      readonly isWhole: boolean
      readonly processes: readonly (Identity & { readonly process: number })[]
      readonly gone: readonly number[]
    }
  /** It holds the halt of an agent or a process to be in force. */
  | { readonly kind: 'halt-confirmed'; readonly scope: InnerScope }
  /** An operator's signed resume of the domain is durable. */
  | { readonly kind: 'resumed' }
  /** The halt of a scope that was requested then is over; one that was requested later is not. */
  | { readonly kind: 'scope-resumed'; readonly scope: InnerScope; readonly requestedAt: number }
)

/** Something happened. News about a unit names the incarnation it concerns; old news is ignored. */
export type Input =
  | KernelNews
  | { readonly kind: 'tick' }
  | { readonly kind: 'exited'; readonly unit: string; readonly incarnation: number; readonly how: string }
  | { readonly kind: 'halt-requested'; readonly scope: Scope; readonly record: HaltRecord }
  /** A halt file was found, already written by somebody. */
  | { readonly kind: 'halt-file-present'; readonly scope: Scope; readonly record: HaltRecord }
  | {
      readonly kind: 'start-program'
      readonly unit: string
      readonly domain: string
      readonly program: AgentProgram
    }
  /** Somebody holds a program that runs already, and it is to end when everything does. */
  | { readonly kind: 'hold'; readonly unit: string; readonly domain: string; readonly run: HeldRun }
  | { readonly kind: 'stop-unit'; readonly unit: string }
  /** The domains whose tables the operator wants kept. */
  | { readonly kind: 'tables-wanted'; readonly domains: readonly string[] }
  /** There is a statement that a member's kernel can be started with. */
  | { readonly kind: 'statement-known'; readonly domain: string }
  | { readonly kind: 'shutdown' }

/** What is to be done, in this order. */
export type Action =
  | { readonly kind: 'write-halt-file'; readonly scope: Scope; readonly record: HaltRecord }
  /** Make the written halt file durable. After the kills, because a slow disk must not delay them. */
  | { readonly kind: 'sync-halt-file'; readonly scope: Scope }
  | { readonly kind: 'remove-halt-file'; readonly scope: Scope }
  | {
      readonly kind: 'spawn'
      readonly unit: string
      readonly incarnation: number
      readonly work: Work
      /** What to tell a kernel; null for everything else. */
      readonly halts: HaltsToTell | null
      /** The share of the machine of its domain. */
      readonly weight: number
    }
  | { readonly kind: 'kill'; readonly unit: string }
  | { readonly kind: 'close-kernel'; readonly unit: string }
  | { readonly kind: 'ping-kernel'; readonly domain: string; readonly incarnation: number }
  /** Tell a kernel that serves of a halt inside its domain, and later what that did. */
  | {
      readonly kind: 'tell-halt'
      readonly incarnation: number
      readonly scope: InnerScope
      readonly record: HaltRecord
    }
  | {
      readonly kind: 'report-halt'
      readonly incarnation: number
      readonly scope: InnerScope
      readonly halt: CarriedOutHalt
    }
  /** The share of a domain has changed. */
  | { readonly kind: 'weigh'; readonly domain: string; readonly weight: number }
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
  /** How long a kernel may take to confirm the halt of an agent or a process. */
  confirmMs: 100,
  /** How long members wait for a sovereign that does not come up, before they start with what it said last. */
  sovereignWaitMs: 10_000,
  /** Held programs at once. */
  runs: 256,
  /** Programs at once, and ended ones that are remembered. */
  programs: 64,
  endedPrograms: 32,
  /** Halts in force at once: a kernel is told of all in its domain in one frame. */
  halts: 256,
  /** Domains at once, and the weight of one that has none. */
  domains: 64,
  weight: 100,
} as const

/** A halt in force. */
export interface Halt {
  readonly scope: Scope
  readonly record: HaltRecord
  readonly haltedAt: number
  /** Process trees that it killed, by domain. */
  readonly trees: ReadonlyMap<string, number>
  /** Until when the kernel must have confirmed it; null when it has, or need not. */
  confirmBy: number | null
  /** Whether its kernel was told what it did. */
  isReported: boolean
  /** Of a halt of everything: the domains whose kernels have recorded their resume. */
  readonly resumed: Set<string>
}

/** What is known of one domain. */
export interface Domain {
  readonly name: string
  weight: number
  isServing: boolean
  pingSentAt: number | null
  pingedAt: number
  /** Whether its kernel can be started: a member's first needs a statement. */
  hasStatement: boolean
  readonly processes: Map<number, Identity>
}

/** Everything the supervisor knows. */
export interface Supervision {
  readonly units: Map<string, Unit>
  readonly domains: Map<string, Domain>
  /** Halts in force, by the names of their scopes. */
  readonly halts: Map<string, Halt>
  readonly hasSovereign: boolean
  /** Members as the statements of an earlier start tell; null once the sovereign has said which there are. */
  remembered: readonly DomainUnit[] | null
  /** Domains that are not known yet and for whose kernels there is a statement. */
  readonly statements: Set<string>
  /** When supervision began to wait for the sovereign; null before the first input. */
  beganAt: number | null
  isStopping: boolean
  isFinished: boolean
  /** Incarnations given out so far: no two starts of anything share one. */
  incarnations: number
}
