/**
 * Finding out what a server speaks. It is asked for its discovery first; whoever does not answer that properly
 * is sessionful and gets the handshake. A program that does not answer at all is given the handshake too, on the
 * same pipe, and whichever of the two it answers decides.
 */
import { setTimeout } from 'node:timers/promises'
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { ReverseSelector } from '../../kernel/manifest.ts'
import { errorCodes } from '../../mcp/error-code.ts'
import { metaKeys } from '../../mcp/meta.ts'
import { legacyServerRevisions, modernRevision } from '../../mcp/revision.ts'
import { whyInvalidResult } from '../../mcp/validate.ts'
import type { Answer, Conversation } from './conversation.ts'
import { clientInfo, modernMeta } from './modern-meta.ts'
import { clientCapabilities } from './reverse-requests.ts'
import type { Negotiated, ServerInfo } from './session.ts'

/** How long a program may take for its discovery before it is offered the handshake as well. */
export const discoverPatienceMs = 10_000

/** How to negotiate. */
export interface NegotiationRules {
  /** What the manifest declares that clients can do. */
  readonly declared: readonly ReverseSelector[]
  readonly patienceMs?: number
}

/** Negotiates with both eras, newest first; an error says in a sentence why not. */
export async function negotiate(
  conversation: Conversation,
  rules: NegotiationRules,
): Promise<Result<Negotiated, string>> {
  conversation.revision = modernRevision
  const discovery = discover(conversation)
  const early = await withinPatience(conversation, discovery, rules.patienceMs ?? discoverPatienceMs)
  if (early !== null) {
    const verdict = judgeDiscovery(early)
    return verdict === 'legacy' ? initialize(conversation, rules) : verdict
  }
  const handshake = await initialize(conversation, rules)
  if (handshake.ok || conversation.overBecause !== null) return handshake
  const late = judgeDiscovery(await discovery)
  if (late !== 'legacy' && late.ok) conversation.revision = modernRevision
  return late === 'legacy' ? handshake : late
}

/** Asks what the server is; once more when it refuses the very revision that it says it supports. */
async function discover(conversation: Conversation): Promise<Answer> {
  const ask = (): Promise<Answer> => conversation.request('server/discover', () => `{${modernMeta()}}`).answer
  const first = await ask()
  const isContradiction =
    first.kind === 'error' && supportedIn(first.code, first.data).includes(modernRevision)
  return isContradiction ? ask() : first
}

/** Null when a program has not answered in time. Over HTTP silence says nothing, and is waited out. */
async function withinPatience(
  conversation: Conversation,
  discovery: Promise<Answer>,
  patienceMs: number,
): Promise<Answer | null> {
  if (conversation.kind === 'http') return discovery
  const waiting = new AbortController()
  const patience = setTimeout(patienceMs, null, { signal: waiting.signal }).catch(() => null)
  const first = await Promise.race([discovery, patience])
  waiting.abort()
  return first
}

/** The handshake of sessionful revisions. */
export async function initialize(
  conversation: Conversation,
  { declared }: NegotiationRules,
): Promise<Result<Negotiated, string>> {
  conversation.revision = null
  const params = {
    protocolVersion: legacyServerRevisions[0] as string,
    capabilities: clientCapabilities(declared),
    clientInfo,
  }
  const answer = await conversation.request('initialize', () => JSON.stringify(params)).answer
  if (answer.kind === 'error')
    return err(`the server answered initialize with error ${answer.code}: ${answer.message}`)
  if (answer.kind !== 'result') return err(answer.reason)
  const { value } = answer
  const revision = value['protocolVersion']
  if (typeof revision !== 'string' || !legacyServerRevisions.includes(revision))
    return err(
      `the server speaks none of the MCP revisions ${[modernRevision, ...legacyServerRevisions].join(', ')}`,
    )
  const { capabilities } = value
  conversation.revision = revision
  conversation.notify('notifications/initialized', '{}')
  const info = serverInfo(value['serverInfo'], revision)
  return ok({ era: 'legacy', info, capabilities: isJsonObject(capabilities) ? capabilities : {} })
}

function judgeDiscovery(answer: Answer): Result<Negotiated, string> | 'legacy' {
  switch (answer.kind) {
    case 'result':
      return judgeDiscovered(answer.value)
    case 'error':
      return judgeError(answer.code, answer.data)
    case 'lost':
      return err(answer.reason)
    case 'failed': {
      // A client's fault is how a server says that it does not know the question; anything else says nothing.
      const status = answer.problem?.status ?? 0
      const isAnswer =
        answer.problem === null || (status >= 400 && status < 500 && status !== 401 && status !== 403)
      return isAnswer ? 'legacy' : err(answer.reason)
    }
  }
}

function judgeDiscovered(value: JsonObject): Result<Negotiated, string> | 'legacy' {
  if (whyInvalidResult('server/discover', value) !== null) return 'legacy'
  const { supportedVersions, capabilities, _meta: meta } = value
  if (!Array.isArray(supportedVersions) || !supportedVersions.includes(modernRevision)) return 'legacy'
  const info = serverInfo(
    isJsonObject(meta) ? meta[metaKeys.serverInfo] : value['serverInfo'],
    modernRevision,
  )
  return ok({ era: 'modern', info, capabilities: isJsonObject(capabilities) ? capabilities : {} })
}

/** A server that knows of revisions and knows none of ours but newer ones cannot be served by a handshake. */
/** The revisions that an error names as supported; none if it is not about revisions. */
function supportedIn(code: number, data: Json | undefined): readonly string[] {
  const supported = isJsonObject(data) ? data['supported'] : undefined
  if (code !== errorCodes.unsupportedProtocolVersion || !Array.isArray(supported)) return []
  return supported.filter((name) => typeof name === 'string')
}

function judgeError(code: number, data: Json | undefined): Result<Negotiated, string> | 'legacy' {
  const names = supportedIn(code, data)
  if (names.length === 0 || names.some((name) => legacyServerRevisions.includes(name))) return 'legacy'
  const shown = names.slice(0, 8).map((name) => name.toWellFormed().slice(0, 32))
  return err(`the server speaks only the MCP revisions ${shown.join(', ')}`)
}

function serverInfo(value: Json | undefined, revision: string): ServerInfo {
  const info = isJsonObject(value) ? value : {}
  return { name: shortText(info['name']), version: shortText(info['version']), revision }
}

function shortText(value: Json | undefined): string {
  return typeof value === 'string' ? value.toWellFormed().slice(0, 128) : ''
}
