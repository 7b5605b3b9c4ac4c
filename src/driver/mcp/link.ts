/**
 * How messages reach a server and come back: over the pipes of a program, or over HTTP. A link moves whole
 * JSON-RPC messages and knows nothing of what they mean; a session says in an `Outgoing` what a link must know
 * to address one. Bytes are forwarded as they are given, in both directions.
 */
import type { RpcError } from '../../mcp/error-code.ts'

/** What a message is, so that a link can address it. */
export interface Outgoing {
  /** Null for a notification and for our answer to a request of the server. */
  readonly id: number | null
  readonly method: string | null
  /** `params.name` or `params.uri`, where the method has one. */
  readonly name: string | null
  /** Arguments that are to be repeated as headers, already encoded. */
  readonly paramHeaders: readonly (readonly [name: string, value: string])[]
  /** Null until a revision is negotiated. */
  readonly revision: string | null
  /** Reserved. */
  readonly answers: number | null
}

/** Why a request gets no answer from the server. */
export interface LinkProblem {
  readonly reason: string
  /** False: nothing can have reached the server. */
  readonly sent: boolean
  /** The HTTP status, where there is one. */
  readonly status: number | null
  /** The JSON-RPC error that came instead of an answer, where there is one. */
  readonly error: RpcError | null
}

/** The way to one server. */
export interface ServerLink {
  readonly kind: 'stdio' | 'http'
  /** Sends one message, without a newline. Never throws; what goes wrong is told to the owner. */
  send(message: Uint8Array, about: Outgoing): void
  /** Gives up request `id`: its stream is closed, and nothing about it is reported any more. */
  abandon(id: number): void
  /** Opens the stream on which a sessionful HTTP server sends what belongs to no request. */
  openStream?(): void
  /** Ends the link; `ended` follows. Idempotent, and the first reason is kept. */
  close(reason: string): void
}

/** What a link tells. Called synchronously, never from within `send`; must not throw. */
export interface LinkOwner {
  /**
   * One whole message. `stream` is the request of ours on whose response it came, or null for standard output and
   * for the stream that belongs to no request.
   */
  received(message: Uint8Array, stream: number | null): void
  /** Request `id` will not be answered. Said once per request. */
  failed(id: number, problem: LinkProblem): void
  /** The server let go of the connection of request `id` and is to be asked for the rest. */
  paused?(id: number): void
  /** The link is over, said once. Requests that are still open are not reported one by one. */
  ended(reason: string): void
}
