/**
 * Serves clients of the stateless era: every request says for itself what it speaks and what its client can do,
 * and is judged by that alone. What the revision removed, and what it never had, is refused.
 */
import type { JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { RpcError } from '../../mcp/error-code.ts'
import { errorCodes } from '../../mcp/error-code.ts'
import { metaKeys } from '../../mcp/meta.ts'
import { modernRevision } from '../../mcp/revision.ts'
import { whyInvalidParams } from '../../mcp/validate.ts'
import type { Agent } from '../kernel/agent.ts'
import { logLevels } from './call-order.ts'
import type { CallerWishes } from './call-order.ts'
import { readAbilities } from './client-abilities.ts'
import type { RequestHeaders } from './header-rules.ts'
import { whyHeadersDiffer, whyParamHeadersDiffer, whyVersionDiffers } from './header-rules.ts'
import { instructions, resultMeta, serverCapabilities } from './identity.ts'
import type { Visit } from './lists.ts'
import { listPrompts, listTemplates, listTools } from './lists.ts'
import type { McpRequest } from './message.ts'
import { metaOf } from './message.ts'
import type { Waitingroom } from './modern-call.ts'
import { ModernCall } from './modern-call.ts'
import { listen } from './modern-listen.ts'
import type { Scope } from './naming.ts'
import type { Reply, RpcAnswer } from './reply.ts'
import { failed, responseTo } from './reply.ts'
import { listResources } from './resource-list.ts'
import { targetOf } from './targets.ts'
import { answerTaskMethod, isTaskMethod, tasksNotDeclared } from './task-methods.ts'

/** Who sent a request, and how. */
export interface Sender {
  readonly agent: Agent
  /** Digest of the token that came with it. */
  readonly digest: string
  readonly scope: Scope
  /** Null where there are no headers. */
  readonly headers: RequestHeaders | null
}

const discoverTtlMs = 300_000

/** True for a message that says in its metadata, or in its header, that it belongs to this era. */
export function isModern(params: JsonObject, headers: RequestHeaders | null): boolean {
  const meta = params['_meta']
  if (isJsonObject(meta) && Object.hasOwn(meta, metaKeys.protocolVersion)) return true
  return headers?.['mcp-protocol-version'] === modernRevision
}

/** The desk. One for the whole gateway. */
export class ModernDesk {
  readonly #room: Waitingroom

  constructor(room: Waitingroom) {
    this.#room = room
  }

  /** Answers one request. Never rejects for what a client or driver did. */
  async request(request: McpRequest, sender: Sender, reply: Reply): Promise<void> {
    const wrong = whyNotServed(request, sender.headers)
    if (wrong !== null) return reply.finish(responseTo(request, { error: wrong.error }), wrong.status)
    const answer = await this.#answer(request, sender, reply)
    reply.finish(responseTo(request, answer), statusOf(answer))
  }

  /** Forgets what waits of an agent that is gone for good. */
  forget(digest: string): void {
    this.#room.rounds.forget(digest)
    this.#room.tasks.forget(digest)
  }

  async #answer(request: McpRequest, sender: Sender, reply: Reply): Promise<RpcAnswer> {
    const { method, params } = request
    const visit: Visit = { agent: sender.agent, scope: sender.scope, era: 'modern' }
    const cursor = typeof params['cursor'] === 'string' ? params['cursor'] : null
    const wishes = wishesOf(request)
    if (isTaskMethod(method))
      return answerTaskMethod(this.#room.tasks, method, sender.digest, params, wishes.abilities.tasks)
    switch (method) {
      case 'server/discover':
        return discovered
      case 'tools/list':
        return listTools(visit, cursor)
      case 'prompts/list':
        return listPrompts(visit, cursor)
      case 'resources/list':
        return listResources(visit, cursor)
      case 'resources/templates/list':
        return listTemplates(visit, cursor)
      case 'subscriptions/listen':
        return this.#listen(visit, request, sender, reply, wishes)
      default:
        return this.#call(visit, request, sender, reply, wishes)
    }
  }

  async #call(
    visit: Visit,
    request: McpRequest,
    { headers, digest }: Sender,
    reply: Reply,
    wishes: CallerWishes,
  ): Promise<RpcAnswer> {
    const target = await targetOf(visit, request)
    if ('error' in target) return target
    const args = request.params['arguments']
    const differs =
      headers === null || target.tool === null
        ? null
        : whyParamHeadersDiffer(headers, target.tool.shown(), isJsonObject(args) ? args : {})
    if (differs !== null) return { error: differs }
    const { abilities } = wishes
    const able = mayAsk.has(request.method) ? abilities : { ...unable, tasks: abilities.tasks }
    return new ModernCall(this.#room, digest, request, reply).run(visit, target, {
      ...wishes,
      abilities: able,
    })
  }

  async #listen(
    visit: Visit,
    request: McpRequest,
    { digest }: Sender,
    reply: Reply,
    wishes: CallerWishes,
  ): Promise<RpcAnswer> {
    const filter = request.params['notifications']
    const wantsTasks = isJsonObject(filter) && filter['taskIds'] !== undefined
    if (wantsTasks && !wishes.abilities.tasks) return { error: tasksNotDeclared }
    if (!reply.canStream)
      return failed(errorCodes.invalidRequest, 'Listening needs a client that takes an event stream.')
    return listen(visit, request, reply, wishes, { table: this.#room.tasks, agent: digest })
  }
}

/** Requests that may be answered in rounds; in the course of any other nothing can be asked. */
const mayAsk: ReadonlySet<string> = new Set(['tools/call', 'prompts/get', 'resources/read'])
const unable = readAbilities({})

const served: ReadonlySet<string> = new Set([
  'server/discover',
  'tools/list',
  'tools/call',
  'prompts/list',
  'prompts/get',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'completion/complete',
  'subscriptions/listen',
])

interface NotServed {
  readonly error: RpcError
  /** HTTP status. */
  readonly status: number
}

/** Why a request is not even looked at, or null. */
function whyNotServed(request: McpRequest, headers: RequestHeaders | null): NotServed | null {
  const { method, params } = request
  const meta = metaOf(request)
  const version = meta[metaKeys.protocolVersion]
  const bad = (error: RpcError): NotServed => ({ error, status: 400 })
  if (typeof version !== 'string') return bad(missingMeta(metaKeys.protocolVersion))
  const differs =
    headers === null
      ? null
      : (whyVersionDiffers(headers, version) ?? whyHeadersDiffer(headers, method, params))
  if (differs !== null) return bad(differs)
  if (version !== modernRevision) return bad(unsupported(version))
  if (!isJsonObject(meta[metaKeys.clientCapabilities])) return bad(missingMeta(metaKeys.clientCapabilities))
  if (!served.has(method) && !isTaskMethod(method)) {
    const message = `${method.slice(0, 128)} is not served in this revision.`
    return { error: { code: errorCodes.methodNotFound, message }, status: 404 }
  }
  const level = meta[metaKeys.logLevel]
  if (level !== undefined && (typeof level !== 'string' || !logLevels.has(level)))
    return bad({ code: errorCodes.invalidParams, message: 'This is not a level of log lines.' })
  const wrong = isTaskMethod(method) ? null : whyInvalidParams(method, params)
  return wrong === null ? null : bad({ code: errorCodes.invalidParams, message: wrong })
}

function missingMeta(key: string): RpcError {
  return { code: errorCodes.invalidParams, message: `\`params._meta\` must carry ${key}.` }
}

function unsupported(requested: string): RpcError {
  return {
    code: errorCodes.unsupportedProtocolVersion,
    message: 'Unsupported protocol version',
    data: { supported: [modernRevision], requested: requested.slice(0, 128) },
  }
}

function wishesOf(request: McpRequest): CallerWishes {
  const meta = metaOf(request)
  const level = meta[metaKeys.logLevel]
  return {
    abilities: readAbilities(meta[metaKeys.clientCapabilities]),
    log: typeof level === 'string' ? level : null,
  }
}

/** Errors that the revision ties to a status; everything else is an answer like any other. */
function statusOf(answer: RpcAnswer): number {
  if (!('error' in answer)) return 200
  const { code } = answer.error
  const isRequestFault = code === errorCodes.headerMismatch || code === errorCodes.missingClientCapability
  return isRequestFault ? 400 : 200
}

const discovered: RpcAnswer = {
  result: JSON.stringify({
    resultType: 'complete',
    supportedVersions: [modernRevision],
    capabilities: serverCapabilities('modern'),
    instructions,
    ttlMs: discoverTtlMs,
    cacheScope: 'private',
    _meta: resultMeta,
  }),
}
