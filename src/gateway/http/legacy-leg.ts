/**
 * Streamable HTTP as the handshake era speaks it: a session opened by `initialize`, messages by POST, a listening
 * stream by GET, an end by DELETE. Since 2025-11-25 a stream that broke is resumed by a GET, and its request goes
 * on meanwhile; before, closing a POST withdraws the request.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { errorCodes } from '../../mcp/error-code.ts'
import { legacyRevisions } from '../../mcp/revision.ts'
import { whyInvalidParams } from '../../mcp/validate.ts'
import { readAbilities } from '../mcp/client-abilities.ts'
import { initializeResult, sessionRevision } from '../mcp/legacy-session.ts'
import type { McpMessage, McpRequest } from '../mcp/message.ts'
import { errorMessage } from '../mcp/message.ts'
import type { Scope } from '../mcp/naming.ts'
import type { Reply } from '../mcp/reply.ts'
import { failed, responseTo } from '../mcp/reply.ts'
import type { Lease } from './agent-pool.ts'
import type { EventStream } from './event-stream.ts'
import { HttpReply, sendJson, takesStream } from './http-reply.ts'
import { startListening, tellEverythingChanged } from './listening-stream.ts'
import { ResumableReply } from './resumable-reply.ts'
import type { LiveSession, SessionTable } from './session-table.ts'
import type { StreamKind, StreamStore } from './stream-store.ts'
import { isListeningEvent } from './stream-store.ts'

/** One HTTP exchange with a client whose token is good. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly scope: Scope
  readonly lease: Lease
}

/** Something read from a client that is not broken. */
export type SoundMessage = Exclude<McpMessage, { kind: 'problem' }>

const sessionHeader = 'mcp-session-id'
/** Clients of earlier revisions do not understand an event without data. */
const firstResumable = '2025-11-25'

/** The leg. One for the whole gateway. */
export class LegacyLeg {
  readonly #sessions: SessionTable
  readonly #streams: StreamStore

  constructor(sessions: SessionTable, streams: StreamStore) {
    this.#sessions = sessions
    this.#streams = streams
  }

  /** Serves one message. */
  async post(exchange: Exchange, message: SoundMessage): Promise<void> {
    if (message.kind === 'request' && message.method === 'initialize')
      return this.#initialize(exchange, message)
    const live = this.#session(exchange)
    if (live === null) return
    const { response } = exchange
    if (message.kind === 'request') return this.#request(exchange, live, message)
    if (message.kind === 'notification') live.session.notification(message)
    else if (!live.session.response(message)) return refuse(response, 400, 'Nothing was asked under this id.')
    response.writeHead(202).end()
  }

  /** Opens the listening stream of a session, or resumes a stream that broke. */
  async get(exchange: Exchange): Promise<void> {
    const { request, response } = exchange
    if (!takesStream(request)) {
      exchange.lease.release()
      return refuse(response, 406, 'This is an event stream.')
    }
    const live = this.#session(exchange)
    if (live === null) return
    const lastEventId = isResumable(live) ? request.headers['last-event-id'] : undefined
    if (typeof lastEventId !== 'string') return this.#listen(exchange, live)
    const cursor = this.#streams.find(live.profile.nonce, lastEventId)
    if (cursor !== null) return cursor.stream.connect(response, cursor.after)
    // What a restart or a long absence left of a listening stream is the wish to listen.
    if (isListeningEvent(lastEventId)) return this.#listen(exchange, live, tellEverythingChanged)
    refuse(response, 400, 'This stream cannot be resumed: it is not known here, or not any more.')
  }

  /** Ends a session. */
  delete({ request, response, scope, lease }: Exchange): void {
    const profile = this.#sessions.profile(sessionIdOf(request), lease.digest, scope)
    lease.release()
    if (profile === null) return refuse(response, 404, 'No such session.')
    this.#sessions.end(profile)
    response.writeHead(204).end()
  }

  async #request(exchange: Exchange, live: LiveSession, message: McpRequest): Promise<void> {
    const { request, response } = exchange
    const stream = this.#open(exchange, live, 'answer')
    try {
      const reply = stream === null ? new HttpReply(request, response, 'stream') : new ResumableReply(stream)
      await live.session.request(message, reply)
    } finally {
      stream?.end()
      live.lastUsed = Date.now()
    }
  }

  async #listen(
    exchange: Exchange,
    live: LiveSession,
    first: (reply: Reply) => void = () => {},
  ): Promise<void> {
    const { request, response } = exchange
    const stream = this.#open(exchange, live, 'listening')
    const reply = stream === null ? new HttpReply(request, response, 'stream') : new ResumableReply(stream)
    reply.keepAlive()
    await startListening(live, reply)
    first(reply)
  }

  /** Begins a stream that may be resumed, or returns null where this client cannot. */
  #open({ request, response }: Exchange, live: LiveSession, kind: StreamKind): EventStream | null {
    if (!isResumable(live) || !takesStream(request)) return null
    const { nonce, tokenDigest } = live.profile
    const stream = this.#streams.open({ session: nonce, agent: tokenDigest }, kind)
    stream.connect(response, 0)
    return stream
  }

  async #initialize({ response, scope, lease }: Exchange, message: McpRequest): Promise<void> {
    const wrong = whyInvalidParams('initialize', message.params)
    if (wrong !== null) {
      lease.release()
      return sendJson(response, 400, responseTo(message, failed(errorCodes.invalidParams, wrong)))
    }
    const revision = sessionRevision(message.params)
    const id = this.#sessions.open(lease, scope, revision, readAbilities(message.params['capabilities']))
    if (id === null)
      return sendJson(response, 503, responseTo(message, failed(errorCodes.internal, 'Too many sessions.')))
    response.setHeader('Mcp-Session-Id', id)
    sendJson(response, 200, responseTo(message, initializeResult(revision)))
  }

  /** The session of a request, or null after it was told that there is none. */
  #session({ request, response, scope, lease }: Exchange): LiveSession | null {
    const id = sessionIdOf(request)
    const revision = request.headers['mcp-protocol-version']
    const isSpoken = revision === undefined || legacyRevisions.includes(String(revision))
    const profile = isSpoken ? this.#sessions.profile(id, lease.digest, scope) : null
    if (profile !== null) {
      const live = this.#sessions.use(profile, lease)
      if (live === null) refuse(response, 503, 'Too many sessions.')
      return live
    }
    lease.release()
    if (!isSpoken) refuse(response, 400, `This revision is not spoken: ${legacyRevisions.join(', ')} are.`)
    else if (id === '') refuse(response, 400, 'A session is needed: initialize first.')
    else refuse(response, 404, 'No such session: initialize again.')
    return null
  }
}

/** Answers with an error that belongs to no request. */
export function refuse(response: ServerResponse, status: number, message: string): void {
  sendJson(response, status, errorMessage(null, { code: errorCodes.invalidRequest, message }))
}

/** Revisions are dates. */
function isResumable({ profile }: LiveSession): boolean {
  return profile.revision >= firstResumable
}

function sessionIdOf({ headers }: IncomingMessage): string {
  const id = headers[sessionHeader]
  return typeof id === 'string' ? id : ''
}
