/**
 * The wire for programs that think in promises: CLI, SDK and adapters. It adds nothing to the protocol; it
 * only waits. Requests beyond the granted credit queue here. A request ends as an Answer, never as an
 * exception: what may have happened and what certainly did not must be told apart by whoever asked.
 */
import type { JsonObject } from '../base/json.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import type { Answer, WireRefusal } from './answer.ts'
import type { Connection } from './connection.ts'
import { noBody, unsendable } from './frame.ts'
import type { PeerEnd } from './peer.ts'
import { Peer } from './peer.ts'
import { RequestQueue } from './request-queue.ts'
import { ServedRequests } from './served-requests.ts'
import type { SocketProblem } from './socket.ts'
import { connect } from './socket.ts'

/** What a request handler gives back. */
export type Served =
  | { readonly kind: 'reply'; readonly header: JsonObject; readonly body?: Uint8Array }
  | { readonly kind: 'refusal'; readonly refusal: WireRefusal }

/** A request of the acceptor. */
export interface IncomingRequest {
  readonly header: JsonObject
  readonly body: Uint8Array
  /** Aborted when the acceptor cancels or the connection ends. The handler still gives an answer. */
  readonly signal: AbortSignal
  /** Tells the acceptor something about this request. False when nobody hears it. */
  notice(header: JsonObject, body?: Uint8Array): boolean
}

/** Something the acceptor told. */
export type OnNotice = (header: JsonObject, body: Uint8Array) => void

/** How a client is set up. */
export interface ClientOptions {
  /** Body of the hello. */
  readonly body?: Uint8Array
  /** Notices that concern no request. */
  readonly onNotice?: OnNotice
  /**
   * Serves requests of the acceptor that concern no request of ours. When it rejects, the program is wrong: the
   * rejection is unhandled. With `credit` and without a handler, such requests are refused.
   */
  readonly onRequest?: (request: IncomingRequest) => Promise<Served>
  /** Requests served at once; default 64 with `onRequest`, 0 without. */
  readonly credit?: number
  /** Ends the connection, whenever it is aborted. */
  readonly signal?: AbortSignal
  /** How long the greeting may take; default 10 s. */
  readonly timeoutMs?: number
}

/** What a request may bring along. */
export interface RequestOptions {
  /** Notices about this request. */
  readonly onNotice?: OnNotice
  /** Serves what the acceptor asks in the course of this request: requests whose header names it in `of`. */
  readonly onRequest?: (request: IncomingRequest) => Promise<Served>
  /** Cancels the request. It still ends as an answer: the acceptor's, or `unsent` if it was waiting here. */
  readonly signal?: AbortSignal
}

/** An open connection. */
export interface WireClient {
  readonly welcome: JsonObject
  /** Body of the welcome. */
  readonly welcomeBody: Uint8Array
  /** Asks and waits, for as long as it takes. Never rejects. */
  request(header: JsonObject, body?: Uint8Array, options?: RequestOptions): Promise<Answer>
  /** Tells the acceptor something. False when nobody hears it. */
  notice(header: JsonObject, body?: Uint8Array): boolean
  /** Says goodbye. Requests without an answer end as `lost` or `unsent`. */
  close(): void
  /** Resolves when the connection is over, whoever ended it. */
  readonly closed: Promise<PeerEnd>
}

/** Why there is no connection. */
export type ConnectProblem =
  | SocketProblem
  /** The acceptor ended it; the message is its reason. */
  | { readonly reason: 'turned-away'; readonly message: string }
  | { readonly reason: 'timed-out' | 'aborted'; readonly message: string }

/** Connects to the socket at `path` and completes the greeting. */
export async function connectWire(
  path: string,
  hello: JsonObject,
  options: ClientOptions = {},
): Promise<Result<WireClient, ConnectProblem>> {
  const problem = unsendable(hello, options.body ?? noBody)
  if (problem !== null) return err({ reason: 'system', message: problem })
  const connection = await connect(path)
  return connection.ok ? greet(connection.value, hello, options) : connection
}

/** Completes the greeting as the connector of a connection that exists already, such as an inherited pipe. */
export function greet(
  connection: Connection,
  hello: JsonObject,
  options: ClientOptions = {},
): Promise<Result<WireClient, ConnectProblem>> {
  const greeted = Promise.withResolvers<Result<WireClient, ConnectProblem>>()
  const closed = Promise.withResolvers<PeerEnd>()
  const { onRequest, signal } = options
  const peer: Peer = new Peer({
    side: 'connector',
    transport: connection.transport,
    credit: options.credit ?? (onRequest === undefined ? 0 : 64),
    handler: {
      onWelcome(welcome, welcomeBody) {
        clearTimeout(timer)
        greeted.resolve(ok(clientOf(peer, queue, welcome, welcomeBody, closed.promise)))
      },
      onRequest: (correlation, header, body) => served.take(correlation, header, body),
      onCancel: (correlation) => served.cancel(correlation),
      onNotice(correlation, header, body) {
        if (correlation === 0) options.onNotice?.(header, body)
        else queue.notice(correlation, header, body)
      },
      onClosed(end) {
        clearTimeout(timer)
        signal?.removeEventListener('abort', abort)
        queue.end(end)
        served.end()
        greeted.resolve(err({ reason: greetingProblem(end), message: end.reason }))
        closed.resolve(end)
      },
    },
  })
  const queue = new RequestQueue(peer)
  const served = new ServedRequests(peer, (request) => {
    const { of } = request.header
    return (queue.handlerOf(of) ?? onRequest ?? unserved)(request)
  })
  const abort = (): void => peer.goodbye('aborted')
  const timer = setTimeout(
    () => peer.goodbye('timed-out', 'the greeting took too long'),
    options.timeoutMs ?? 10_000,
  )
  connection.start(
    (bytes) => peer.receive(bytes),
    (reason) => peer.transportClosed(reason),
  )
  signal?.addEventListener('abort', abort, { once: true })
  peer.hello(hello, options.body)
  if (signal?.aborted === true) abort()
  return greeted.promise
}

function greetingProblem(end: PeerEnd): 'turned-away' | 'timed-out' | 'aborted' {
  if (end.cause !== 'closed') return 'turned-away'
  return end.reason === 'timed-out' ? 'timed-out' : 'aborted'
}

function unserved(): Promise<Served> {
  const refusal = { code: 'not-found', message: 'Nobody serves this here.', needed: 'A handler.', seq: null }
  return Promise.resolve({ kind: 'refusal', refusal })
}

function clientOf(
  peer: Peer,
  queue: RequestQueue,
  welcome: JsonObject,
  welcomeBody: Uint8Array,
  closed: Promise<PeerEnd>,
): WireClient {
  return {
    welcome,
    welcomeBody,
    closed,
    request: (header, body = noBody, options = {}) => queue.request(header, body, options),
    notice: (header, body) => peer.notice(0, header, body),
    close: () => peer.goodbye('done'),
  }
}
