/**
 * A call on its way out: to a driver's adapter or, when a driver asks something, back to the client whose
 * call it is serving. Whoever carries it takes the last look right before its frame is made.
 */
import type { Instant, ProcessId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'

/** How whoever was asked answered, or that it is gone. */
export type DriverAnswer =
  | {
      readonly kind: 'answered'
      /** `in-doubt`: the request left, its answer did not come, and nobody can know what became of it. */
      readonly outcome: 'done' | 'failed' | 'in-doubt'
      readonly reason: string
      readonly result: Uint8Array
      /** The result is not a result but the error object that the driver's program answered. */
      readonly form?: 'error'
    }
  /** The frame provably never left; the detachment that follows settles the call. */
  | { readonly kind: 'unsent' }
  /** The connection is gone; the detachment that follows settles the call. */
  | { readonly kind: 'lost' }

/** A call on its way. */
export interface Departure {
  /** In whose name. */
  readonly process: ProcessId
  /** Of the calls of one process that wait, the one that is due first leaves first. */
  readonly deadline: Instant
  readonly header: JsonObject
  readonly bytes: Uint8Array
  /** The last look, right before its frame is made. When false it must not leave, and nothing is answered. */
  mayLeave(): boolean
  /** Something that happened on the way, for whoever waits. May be dropped. */
  onNotice?(header: JsonObject, body: Uint8Array): void
  /** Called once, if it was allowed to leave or could not be taken. */
  onAnswer(answer: DriverAnswer): void
}

/** Something that carries calls. */
export interface Dispatcher {
  /** Sends the call, or queues it until there is credit. Returns how to withdraw it. */
  dispatch(departure: Departure): () => void
}
