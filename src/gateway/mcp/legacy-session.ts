/**
 * One session of the handshake era: what its client declared once, what it subscribed to, and what is in flight.
 * It knows the methods of that era and refuses all others. It decides nothing; the kernel does.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import { errorCodes } from '../../mcp/error-code.ts'
import { legacyRevisions } from '../../mcp/revision.ts'
import { whyInvalidParams } from '../../mcp/validate.ts'
import type { Change } from '../kernel/change-watch.ts'
import { logLevels } from './call-order.ts'
import type { ClientAbilities } from './client-abilities.ts'
import { instructions, serverCapabilities, serverInfo } from './identity.ts'
import { LegacyCall } from './legacy-call.ts'
import type { Visit } from './lists.ts'
import { listPrompts, listTemplates, listTools } from './lists.ts'
import type { McpNotification, McpRequest, McpResponse, RequestId } from './message.ts'
import { notificationMessage, textParam } from './message.ts'
import type { Reply, RpcAnswer } from './reply.ts'
import { failed, responseTo } from './reply.ts'
import { listResources } from './resource-list.ts'
import { callMethods, targetOf } from './targets.ts'

/** Subscriptions of one session. */
const maxSubscriptions = 1_024
/** Requests of one session that are in flight. */
const maxInFlight = 256

/** A session. */
export class LegacySession {
  readonly visit: Visit
  readonly #abilities: ClientAbilities
  readonly #inFlight = new Map<RequestId, LegacyCall>()
  /** Driver's name by address. */
  readonly #subscriptions = new Map<string, string>()
  #logLevel = 'info'

  constructor(visit: Visit, abilities: ClientAbilities) {
    this.visit = visit
    this.#abilities = abilities
  }

  /** True while nothing of this session is in flight. */
  get isIdle(): boolean {
    return this.#inFlight.size === 0
  }

  /** Answers one request. Never rejects for what a client or driver did. */
  async request(request: McpRequest, reply: Reply): Promise<void> {
    const wrong = known.has(request.method) ? whyInvalidParams(request.method, paramsOf(request)) : null
    if (wrong !== null) return reply.finish(responseTo(request, failed(errorCodes.invalidParams, wrong)))
    if (callMethods.has(request.method)) return this.#call(request, reply)
    reply.finish(responseTo(request, await this.#answer(request)))
  }

  /** Takes a notification. Unknown ones are ignored. */
  notification({ method, params }: McpNotification): void {
    if (method !== 'notifications/cancelled') return
    const { requestId } = params as { readonly requestId?: RequestId }
    if (requestId !== undefined) this.#inFlight.get(requestId)?.withdraw()
  }

  /** Takes the client's answer to something it was asked. False when nothing was. */
  response(response: McpResponse): boolean {
    return [...this.#inFlight.values()].some((call) => call.answered(response))
  }

  /** What the client is told of a change, or null when it does not concern it. */
  tell(change: Change): string | null {
    if (change.kind === 'ended') return null
    if (this.visit.scope !== null && change.driver !== this.visit.scope) return null
    if (change.kind !== 'updated') return notificationMessage(`notifications/${change.kind}/list_changed`, {})
    if (this.#subscriptions.get(change.uri) !== change.driver) return null
    return notificationMessage('notifications/resources/updated', { uri: change.uri })
  }

  /** Ends whatever is in flight. */
  end(): void {
    for (const call of this.#inFlight.values()) call.withdraw()
  }

  async #answer({ method, params }: McpRequest): Promise<RpcAnswer> {
    const cursor = typeof params['cursor'] === 'string' ? params['cursor'] : null
    switch (method) {
      case 'ping':
        return { result: '{}' }
      case 'tools/list':
        return listTools(this.visit, cursor)
      case 'prompts/list':
        return listPrompts(this.visit, cursor)
      case 'resources/list':
        return listResources(this.visit, cursor)
      case 'resources/templates/list':
        return listTemplates(this.visit, cursor)
      case 'logging/setLevel':
        return this.#setLevel(params['level'])
      case 'resources/unsubscribe':
        this.#subscriptions.delete(textParam({ params }, 'uri'))
        return { result: '{}' }
      default:
        return failed(errorCodes.methodNotFound, `${method.slice(0, 128)} is not served here.`)
    }
  }

  #setLevel(level: Json | undefined): RpcAnswer {
    if (typeof level !== 'string' || !logLevels.has(level))
      return failed(errorCodes.invalidParams, 'This is not a level of log lines.')
    this.#logLevel = level
    return { result: '{}' }
  }

  async #call(request: McpRequest, reply: Reply): Promise<void> {
    if (this.#inFlight.has(request.id) || this.#inFlight.size >= maxInFlight) {
      const why = this.#inFlight.has(request.id) ? 'The id is in use.' : 'Too many requests are in flight.'
      return reply.finish(responseTo(request, failed(errorCodes.invalidRequest, why)))
    }
    const call = new LegacyCall(request, reply)
    this.#inFlight.set(request.id, call)
    try {
      const target = await targetOf(this.visit, request)
      if ('error' in target) return reply.finish(responseTo(request, target))
      const isSubscription = request.method === 'resources/subscribe'
      const isFull = isSubscription && this.#subscriptions.size >= maxSubscriptions
      if (isFull)
        return reply.finish(responseTo(request, failed(errorCodes.invalidRequest, 'Too many subscriptions.')))
      const wishes = { abilities: this.#abilities, log: this.#logLevel }
      const answer = await call.run(this.visit, target, wishes)
      if (isSubscription && 'result' in answer)
        this.#subscriptions.set(textParam(request, 'uri'), target.driver)
    } finally {
      this.#inFlight.delete(request.id)
    }
  }
}

/** Every method of the era, so that the params of none are looked at unchecked. */
const known: ReadonlySet<string> = new Set([
  ...callMethods,
  'initialize',
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'logging/setLevel',
  'resources/unsubscribe',
])

function paramsOf({ params }: McpRequest): JsonObject {
  return params
}

/** The revision a session is opened in: the one asked for, where it is spoken, else the newest. */
export function sessionRevision(params: JsonObject): string {
  const asked = params['protocolVersion']
  return typeof asked === 'string' && legacyRevisions.includes(asked) ? asked : (legacyRevisions[0] ?? '')
}

/** The result of `initialize`. */
export function initializeResult(revision: string): RpcAnswer {
  const result = {
    protocolVersion: revision,
    capabilities: serverCapabilities('legacy'),
    serverInfo,
    instructions,
  }
  return { result: JSON.stringify(result) }
}
