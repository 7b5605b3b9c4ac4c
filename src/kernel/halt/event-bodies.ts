/**
 * What happens when a part of a domain is halted, and when halting is practised. The supervisor has carried a halt
 * out before anything of it is recorded; the record says what it did.
 */
import type { AgentId, CallId, Instant, OperatorId, ProcessId, Seq } from '../../base/ids.ts'
import type { SignedOrder } from '../event.ts'

/** A part of a domain: an agent with all its processes, or one process with its descendants. */
export type HaltScope = { readonly agent: AgentId } | { readonly process: ProcessId }

/** What the supervisor did, as far as it is known. Times are from its receipt of the request. */
export interface HaltEffect {
  /** Process trees that it killed, and how many of them it has not seen the end of. */
  readonly trees?: number
  readonly survivors?: number
  /** Until the last kill was sent. */
  readonly killMicros?: number
  /** Until the last of what was killed was seen to be gone; absent while something is not. */
  readonly deadMicros?: number
}

/** Who asked for a halt, when, and why: the content of a halt file. */
export interface HaltRequest {
  readonly requestedAt: Instant
  readonly requestedBy: string
  readonly reason: string
}

/** Event bodies of this folder, by kind. */
export interface HaltBodies {
  /** Twice for one halt: as it takes effect, and when its effect was seen. The second is caused by the first. */
  'scope.halted': HaltRequest &
    HaltEffect & {
      readonly scope: HaltScope
      /** Calls of the scope that had been admitted and not settled. Each is cancelled by an event of its own. */
      readonly inFlight: readonly CallId[]
      /** Those of them that had left for their driver: what they did until then cannot be undone. */
      readonly left?: readonly CallId[]
    }
  'scope.resumed': { readonly scope: HaltScope; readonly operator: OperatorId; readonly signed: SignedOrder }
  /** Halting was tried out on the running system. `scope` null stands for the whole domain. */
  'drill.recorded': HaltEffect & {
    readonly scope: HaltScope | null
    readonly requestedBy: string
    /** What was not as it should be; empty when halting works. */
    readonly problems: readonly string[]
  }
}

/** A scope that stands still. */
export interface HaltedScope extends HaltRequest {
  readonly seq: Seq
  readonly scope: HaltScope
}

/** The last drill. */
export interface LastDrill {
  readonly seq: Seq
  readonly at: Instant
  /** How many things were not as they should be. */
  readonly problems: number
}
