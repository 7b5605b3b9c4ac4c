/**
 * Where the answer to one request goes, and everything that is told before it. The two transports implement it;
 * whatever serves a request knows nothing else of how its client is reached.
 */
import type { RpcError } from '../../mcp/error-code.ts'
import type { McpRequest } from './message.ts'
import { errorMessage, resultMessage } from './message.ts'

/** The way back to the client of one request. Nothing here throws when the client is gone. */
export interface Reply {
  /** False when nothing but the answer can be told: a client that takes no event stream. */
  readonly canStream: boolean
  /** Aborted when the client withdrew the request or went away before the answer. */
  readonly gone: AbortSignal
  /** Tells a notification or a request before the answer. */
  send(message: string): void
  /** Shows that somebody is still there, where the transport can. */
  keepAlive(): void
  /** The answer will take a while: lets go of the connection where the client comes back for the rest. */
  pause(): void
  /** Gives the answer, once. `status` is the HTTP status, where it can still be chosen. */
  finish(message: string, status?: number): void
  /** Ends without an answer: the client does not want one any more. */
  abandon(): void
}

/** A result as JSON text, or an error. */
export type RpcAnswer = { readonly result: string } | { readonly error: RpcError }

/** The text of the response that carries an answer. */
export function responseTo({ id }: McpRequest, answer: RpcAnswer): string {
  return 'error' in answer ? errorMessage(id, answer.error) : resultMessage(id, answer.result)
}

/** An answer that is an error. */
export function failed(code: number, message: string, data?: RpcError['data']): { readonly error: RpcError } {
  return { error: { code, message, ...(data === undefined ? {} : { data }) } }
}
