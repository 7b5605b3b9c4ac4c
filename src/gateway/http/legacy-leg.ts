/**
 * Streamable HTTP as the handshake era speaks it: a session opened by `initialize`, messages by POST, a listening
 * stream by GET, an end by DELETE. Closing a POST withdraws the request; the listening stream carries only what
 * concerns no request.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { errorCodes } from '../../mcp/error-code.ts'
import { legacyRevisions } from '../../mcp/revision.ts'
import { sseEvent } from '../../mcp/sse.ts'
import { whyInvalidParams } from '../../mcp/validate.ts'
import { readAbilities } from '../mcp/client-abilities.ts'
import { initializeResult, sessionRevision } from '../mcp/legacy-session.ts'
import type { McpMessage, McpRequest } from '../mcp/message.ts'
import { errorMessage } from '../mcp/message.ts'
import type { Scope } from '../mcp/naming.ts'
import { failed, responseTo } from '../mcp/reply.ts'
import type { Lease } from './agent-pool.ts'
import { HttpReply, sendJson, streamHeaders, takesStream, writeStream } from './http-reply.ts'
import type { LiveSession, SessionTable } from './session-table.ts'

/** One HTTP exchange with a client whose token is good. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly scope: Scope
  readonly lease: Lease
}

/** Something read from a client that is not broken. */
export type SoundMessage = Exclude<McpMessage, { kind: 'problem' }>

const keepAliveMs = 15_000
const sessionHeader = 'mcp-session-id'

/** The leg. One for the whole gateway. */
export class LegacyLeg {
  readonly #sessions: SessionTable

  constructor(sessions: SessionTable) {
    this.#sessions = sessions
  }

  /** Serves one message. */
  async post(exchange: Exchange, message: SoundMessage): Promise<void> {
    if (message.kind === 'request' && message.method === 'initialize')
      return this.#initialize(exchange, message)
    const live = this.#session(exchange)
    if (live === null) return
    const { request, response } = exchange
    if (message.kind === 'request') {
      await live.session.request(message, new HttpReply(request, response, 'stream'))
      live.lastUsed = Date.now()
      return
    }
    if (message.kind === 'notification') live.session.notification(message)
    else if (!live.session.response(message)) return refuse(response, 400, 'Nothing was asked under this id.')
    response.writeHead(202).end()
  }

  /** Opens the listening stream of a session; an older one ends. */
  async get(exchange: Exchange): Promise<void> {
    const { request, response } = exchange
    if (!takesStream(request)) {
      exchange.lease.release()
      return refuse(response, 406, 'This is an event stream.')
    }
    const live = this.#session(exchange)
    if (live === null) return
    live.endStream?.()
    response.writeHead(200, streamHeaders)
    writeStream(response, ':\n\n')
    const timer = setInterval(() => writeStream(response, ':\n\n'), keepAliveMs)
    const stop = live.session.visit.agent.changes.listen((change) => {
      if (change.kind === 'ended') return void response.end()
      const message = live.session.tell(change)
      if (message !== null) writeStream(response, sseEvent(message))
    })
    const end = (): void => {
      clearInterval(timer)
      void stop.then((stopped) => stopped())
      if (live.endStream === end) live.endStream = null
      live.lastUsed = Date.now()
      response.end()
    }
    live.endStream = end
    response.once('close', end)
    await stop
  }

  /** Ends a session. */
  delete({ request, response, scope, lease }: Exchange): void {
    const profile = this.#sessions.profile(sessionIdOf(request), lease.digest, scope)
    lease.release()
    if (profile === null) return refuse(response, 404, 'No such session.')
    this.#sessions.end(profile)
    response.writeHead(204).end()
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

function sessionIdOf({ headers }: IncomingMessage): string {
  const id = headers[sessionHeader]
  return typeof id === 'string' ? id : ''
}
