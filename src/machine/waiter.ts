/**
 * Whoever waits for a call: an attachment's request, or a program in the same process. Told at most once how
 * it ended, and before that, any number of times, that it is held. Everything told has passed the output gate.
 */
import type { CallId, Instant } from '../base/ids.ts'
import type { Outcome } from '../kernel/event.ts'
import type { Refusal } from '../kernel/refusal.ts'

/** How a call ended, with the result bytes when the driver gave some. */
export interface Ending {
  readonly seq: number
  readonly call: CallId
  readonly outcome: Outcome
  readonly reason: string
  readonly result: Uint8Array
}

/** What a held call waits for. */
export interface Holding {
  readonly seq: number
  readonly call: CallId
  readonly expiresAt: Instant
  readonly demands: readonly string[]
}

/** The waiting side of one request. None of these may throw or call back into the machine. */
export interface Waiter {
  held(holding: Holding): void
  ended(ending: Ending): void
  refused(refusal: Refusal): void
}
