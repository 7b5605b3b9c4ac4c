/**
 * One MCP client on a pipe, in either era: the first `initialize` opens its one session, and requests that say in
 * their metadata that they stand alone are served as such. The kernel may come and go; what was in flight then is
 * answered honestly, and the next request attaches anew.
 */
import { sha256Hex } from '../../base/hash.ts'
import { errorCodes } from '../../mcp/error-code.ts'
import { whyInvalidParams } from '../../mcp/validate.ts'
import type { Agent } from '../kernel/agent.ts'
import { agentOf } from '../kernel/agent.ts'
import { readAbilities } from '../mcp/client-abilities.ts'
import { initializeResult, LegacySession, sessionRevision } from '../mcp/legacy-session.ts'
import type { McpNotification, McpRequest, RequestId } from '../mcp/message.ts'
import { errorMessage, readMessage } from '../mcp/message.ts'
import type { Waitingroom } from '../mcp/modern-call.ts'
import { isModern, ModernDesk } from '../mcp/modern-desk.ts'
import type { Scope } from '../mcp/naming.ts'
import type { RpcAnswer } from '../mcp/reply.ts'
import { failed, responseTo } from '../mcp/reply.ts'
import type { Line } from './line-reader.ts'
import type { WriteLine } from './stdio-reply.ts'
import { StdioReply } from './stdio-reply.ts'

/** Whom the pipe belongs to. */
export interface StdioClient {
  readonly agentSocket: string
  readonly token: string
  readonly scope: Scope
  /** The agent that the token must be of. */
  readonly agentName: string
}

/** Requests that may be in flight on one pipe. */
const maxInFlight = 256

/** Serves one pipe. */
export class StdioServer {
  readonly #client: StdioClient
  readonly #write: WriteLine
  readonly #agent: Agent
  readonly #digest: string
  readonly #desk: ModernDesk
  readonly #inFlight = new Map<RequestId, StdioReply>()
  #session: LegacySession | null = null

  constructor(client: StdioClient, room: Waitingroom, write: WriteLine) {
    this.#client = client
    this.#write = write
    this.#agent = agentOf(client.agentSocket, client.token)
    this.#digest = sha256Hex(client.token)
    this.#desk = new ModernDesk(room)
  }

  /** Why this agent cannot be served now, in a sentence, or null. */
  async whyNotAttached(): Promise<string | null> {
    const { attachment } = this.#agent
    const attached = await attachment.attach()
    if (!attached.ok) return `Not attached to Custos: ${attached.error.message}.`
    const { agentName } = this.#client
    return attachment.name === agentName ? null : `This is not the token of the agent ${agentName}.`
  }

  /** Serves one line. Rejects only when this program is wrong. */
  async line(line: Line): Promise<void> {
    if (line === null)
      return this.#write(
        errorMessage(null, { code: errorCodes.invalidRequest, message: 'The message is too large.' }),
      )
    const message = readMessage(line)
    switch (message.kind) {
      case 'problem':
        return this.#write(errorMessage(message.id, message.error))
      case 'request':
        return this.#request(message)
      case 'notification':
        return this.#notification(message)
      case 'response':
        this.#session?.response(message)
    }
  }

  /** The client is gone. */
  close(): void {
    for (const reply of this.#inFlight.values()) reply.withdraw()
    this.#session?.end()
    this.#desk.forget(this.#digest)
    this.#agent.attachment.close()
  }

  async #request(request: McpRequest): Promise<void> {
    if (this.#inFlight.has(request.id) || this.#inFlight.size >= maxInFlight)
      return this.#write(responseTo(request, failed(errorCodes.invalidRequest, 'Too much is in flight.')))
    const reply = new StdioReply(this.#write)
    this.#inFlight.set(request.id, reply)
    try {
      await this.#serve(request, reply)
    } finally {
      this.#inFlight.delete(request.id)
    }
  }

  async #serve(request: McpRequest, reply: StdioReply): Promise<void> {
    if (request.method === 'ping') return reply.finish(responseTo(request, { result: '{}' }))
    const why = await this.whyNotAttached()
    if (why !== null) return reply.finish(responseTo(request, failed(errorCodes.internal, why)))
    if (isModern(request.params, null)) {
      const { scope } = this.#client
      const sender = { agent: this.#agent, digest: this.#digest, scope, headers: null }
      return this.#desk.request(request, sender, reply)
    }
    if (request.method === 'initialize')
      return reply.finish(responseTo(request, await this.#initialize(request)))
    if (this.#session !== null) return this.#session.request(request, reply)
    reply.finish(responseTo(request, failed(errorCodes.invalidRequest, 'Initialize first.')))
  }

  async #initialize({ params }: McpRequest): Promise<RpcAnswer> {
    const wrong = whyInvalidParams('initialize', params)
    if (wrong !== null) return failed(errorCodes.invalidParams, wrong)
    if (this.#session !== null) return failed(errorCodes.invalidRequest, 'This is initialized already.')
    const { scope } = this.#client
    const session = new LegacySession(
      { agent: this.#agent, scope, era: 'legacy' },
      readAbilities(params['capabilities']),
    )
    this.#session = session
    await this.#agent.changes.listen((change) => {
      const message = session.tell(change)
      if (message !== null) this.#write(message)
    })
    return initializeResult(sessionRevision(params))
  }

  /** A withdrawn request is not answered: in both eras that is all a client may expect of a pipe. */
  #notification(notification: McpNotification): void {
    if (notification.method === 'notifications/cancelled') {
      const { requestId } = notification.params as { readonly requestId?: RequestId }
      if (requestId !== undefined) this.#inFlight.get(requestId)?.withdraw()
    }
    this.#session?.notification(notification)
  }
}
