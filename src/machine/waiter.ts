/**
 * Whoever waits for a call: an attachment's request, or a program in the same process. Told at most once how
 * it ended, and before that, any number of times, that it is held. Everything told has passed the output gate.
 */
import type { CallId, Instant } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import type { Outcome } from '../kernel/event.ts'
import type { Refusal } from '../kernel/refusal.ts'
import type { DriverAnswer } from './departure.ts'

/** How a call ended, with the result bytes when the driver gave some. */
export interface Ending {
  readonly seq: number
  readonly call: CallId
  readonly outcome: Outcome
  readonly reason: string
  readonly result: Uint8Array
  /** The result is the error object that the driver's program answered. */
  readonly form?: 'error'
  /** What the operator who approved the call had to say, or empty. */
  readonly comment: string
}

/** What a held call waits for. */
export interface Holding {
  readonly seq: number
  readonly call: CallId
  readonly expiresAt: Instant
  readonly demands: readonly string[]
}

/** What a driver asks of the client whose call it is serving. */
export interface Question {
  /** The call that the driver is serving. */
  readonly call: CallId
  readonly selector: string
  /** What the driver calls the question, if it calls it anything. */
  readonly key: string | undefined
  readonly bytes: Uint8Array
  /** Called once. */
  readonly onAnswer: (answer: DriverAnswer) => void
}

/** The waiting side of one request. None of these may throw or call back into the machine. */
export interface Waiter {
  held(holding: Holding): void
  ended(ending: Ending): void
  refused(refusal: Refusal): void
  /** Something that happened on the way. May be dropped. */
  told?(header: JsonObject, body: Uint8Array): void
  /** Asks the requester something. Returns how to withdraw the question, or null when it cannot be asked. */
  ask?(question: Question): (() => void) | null
}
