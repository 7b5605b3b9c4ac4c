/**
 * A call that may take a while, as its surroundings see it: what it waits for, what it asks, and its answer.
 * Neutral towards revision and transport, so that a stream, a retry of the request or a task can carry it.
 */
import type { JsonObject } from '../../base/json.ts'
import type { RpcError } from '../../mcp/error-code.ts'

/** What the driver asks of the client in the course of the call. */
export interface PendingAsk {
  readonly method: 'elicitation/create' | 'sampling/createMessage' | 'roots/list'
  readonly params: JsonObject
}

/** One call on its way. */
export interface PendingCall {
  /** JSON text of the result as this client's era wants it, or a JSON-RPC error. Settles once, never rejects. */
  readonly answer: Promise<{ readonly result: string } | { readonly error: RpcError }>
  /** Unanswered asks, by a key that is unique within the call. */
  readonly asks: ReadonlyMap<string, PendingAsk>
  /** Answers an ask; false when there is no such ask. */
  answerAsk(key: string, result: JsonObject): boolean
  /** What an operator must approve, while the call is held. */
  readonly held: { readonly demands: readonly string[]; readonly expiresAt: number } | null
  /** For people: `an operator must approve…`, or the driver's last progress message. */
  readonly status: string
  /** Hears of changes of asks, held, status and answer, until the returned function is called. */
  onChange(listener: () => void): () => void
  /** Withdraws the call. It still ends with an answer. */
  cancel(): void
}
