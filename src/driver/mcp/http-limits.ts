/** Bounds on what a server reached over HTTP may send and how long it may take. */

/** All times in milliseconds, all sizes in bytes. */
export interface HttpLimits {
  readonly messageBytes: number
  /** The body of an answer that is no answer: only looked through for a JSON-RPC error. */
  readonly errorBytes: number
  /** Requests of ours, and messages without an answer, that may be under way at once. */
  readonly requests: number
  readonly notifications: number
  readonly connectMs: number
  /** For a request to be answered at all: longer than the kernel waits for a call, whose verdict it should be. */
  readonly answerMs: number
  /** For everything that should be answered at once: notifications, closing a session, opening a stream. */
  readonly promptMs: number
  /** Silence within an answer; comments in an event stream break it. */
  readonly idleMs: number
  /** How long a server may send us away before a stream is resumed, and how long we wait if it does not say. */
  readonly retryMost: number
  readonly retryLeast: number
  readonly retryUsual: number
  /** Reconnections in a row that brought nothing. */
  readonly emptyResumptions: number
}

/** What applies unless a caller says otherwise. */
export const httpLimits: HttpLimits = {
  messageBytes: 4_194_304,
  errorBytes: 65_536,
  requests: 256,
  notifications: 64,
  connectMs: 10_000,
  answerMs: 660_000,
  promptMs: 30_000,
  idleMs: 660_000,
  retryMost: 300_000,
  retryLeast: 50,
  retryUsual: 1000,
  emptyResumptions: 8,
}
