/**
 * What an agent asks for and what it hears back. An answer is data whichever way it went: a program that
 * acts for a model has to read a refusal, not unwind from it.
 */
import type { Json } from '../base/json.ts'

/** An explained no. `needed` says what would have been needed. */
export interface Refused {
  /** Stable; branch on it. The closed list is in docs/concepts.md. */
  readonly code: string
  readonly message: string
  readonly needed: string
  /** Position of the recorded refusal in the ledger; null when it was only counted. */
  readonly seq: number | null
}

/** How a call that was let through ended. Only `done` and `failed` carry a result. */
export type CallOutcome = 'done' | 'failed' | 'timed-out' | 'cancelled' | 'in-doubt'

/** The answer to a call. */
export type CallAnswer =
  | {
      readonly ok: true
      /** `failed` means that the driver answered with an error; it is in `result`. */
      readonly outcome: CallOutcome
      /** What the driver answered, or null when there is no answer or it is not JSON. */
      readonly result: Json
      /** The driver's bytes, as received. */
      readonly resultBytes: Uint8Array
      /** Why it ended this way, when that needs saying. */
      readonly reason: string
      /** What the operator who approved the call had to say, or empty. */
      readonly comment: string
      /** Ledger position of the outcome; 0 when the call was withdrawn before it was sent. */
      readonly seq: number
      readonly call: number
    }
  | { readonly ok: false; readonly refusal: Refused }

/** The answer to a request about authority. */
export type AuthorityAnswer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Refused }

/** Told once when a call waits for a person to decide. */
export interface HeldNotice {
  readonly call: number
  readonly seq: number
  /** When it lapses undecided, in milliseconds since the epoch. */
  readonly expiresAt: number
  /** Why a person is asked. */
  readonly demands: readonly string[]
}

/** How far a driver says a call has come. */
export interface ProgressNotice {
  readonly progress: number
  readonly total: number | null
  readonly message: string
}

/** One call. Designate the capability by `handle`, or the object by id or driver name. */
export interface CallRequest {
  /** A driver's name as `capabilities()` shows it, or an object id. Not needed beside `handle`. */
  readonly object?: string | number
  /** Use exactly this capability. Without it the kernel chooses one that allows the call. */
  readonly handle?: number
  /** The operation, for example `tools/read_text_file`. */
  readonly selector: string
  /**
   * The arguments, written out once here; or the exact bytes of one JSON object. The bytes that leave are
   * the bytes that are judged, approved, forwarded and recorded. Default `{}`.
   */
  readonly arguments?: { readonly [name: string]: Json } | Uint8Array
  /** Withdraws the call. It is still answered: with its outcome when that is known, or a refusal. */
  readonly signal?: AbortSignal
  readonly onHeld?: (notice: HeldNotice) => void
  /** Asks for progress, and hears of it as far as the driver tells any. */
  readonly onProgress?: (notice: ProgressNotice) => void
  /** W3C `traceparent` of the agent's own trace: recorded with the call and passed on to the driver. */
  readonly trace?: string
  /** How long the answer is of use, in milliseconds, at least 1: what is due before it left ends as `timed-out`. */
  readonly deadlineMs?: number
}

/** A capability as its holder sees it. */
export interface HeldCapability {
  readonly handle: number
  readonly capability: number
  readonly object: number
  /** Name of the object, for example of the driver. */
  readonly name: string
  readonly selectors: readonly { readonly selector: string; readonly effect: string }[]
  /** Argument terms of every level; all of them hold. */
  readonly where: readonly Json[]
  readonly expiresAt: number | null
  readonly usesLeft: number | null
  /** True when every use must be approved by a person. */
  readonly ask: boolean
  readonly derivable: boolean
}
