/**
 * What an HTTP request meets, in this order: is it for us, is there such a place, who is it, is it small enough,
 * is it JSON-RPC — and then the leg of its era. Whatever fails is answered with the reason and touches nothing.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isDomainName, isName } from '../../kernel/sovereign/shape.ts'
import { mainDomain, sovereignDomain } from '../../wire/socket-folder.ts'
import { maxMessageBytes, errorMessage, readMessage } from '../mcp/message.ts'
import { isModern, ModernDesk } from '../mcp/modern-desk.ts'
import type { Waitingroom } from '../mcp/modern-call.ts'
import type { Scope } from '../mcp/naming.ts'
import type { Lease } from './agent-pool.ts'
import { AgentPool } from './agent-pool.ts'
import type { HostGuard } from './host-guard.ts'
import { HttpReply, sendJson } from './http-reply.ts'
import type { SoundMessage } from './legacy-leg.ts'
import { LegacyLeg, refuse } from './legacy-leg.ts'
import { challenge, metadataPath, resourceMetadata } from './protected-resource.ts'
import type { SessionSeal } from './sealed-session.ts'
import { SessionTable } from './session-table.ts'
import { StreamStore } from './stream-store.ts'

const tokenPattern = /^Bearer ([\w.~+/=-]{16,512})$/u

/** Serves `/mcp`, `/mcp/DRIVER`, the same of other domains at `/domains/NAME`, and what belongs to them. */
export class FrontDoor {
  readonly #guard: HostGuard
  readonly #agents: AgentPool
  readonly #streams = new StreamStore()
  readonly #sessions: SessionTable
  readonly #desk: ModernDesk
  readonly #legacy: LegacyLeg

  constructor(socketOf: (domain: string) => string, guard: HostGuard, seal: SessionSeal, room: Waitingroom) {
    this.#guard = guard
    this.#sessions = new SessionTable(seal, this.#streams)
    this.#desk = new ModernDesk(room)
    this.#legacy = new LegacyLeg(this.#sessions, this.#streams)
    this.#agents = new AgentPool(socketOf, (digest) => {
      this.#sessions.forgetAgent(digest)
      this.#desk.forget(digest)
    })
  }

  /** Puts out of memory what nobody used for a while. */
  sweep(now: number): void {
    this.#streams.sweep(now)
    this.#sessions.sweep(now)
    this.#agents.sweep(now)
  }

  /** Serves one request. Rejects only when this program is wrong. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.#guard.isOurs(request.headers)) return refuse(response, 403, 'This is not for this host.')
    const path = (request.url ?? '/').replace(/\?.*$/su, '')
    if (path === metadataPath || path.startsWith(`${metadataPath}/`))
      return this.#metadata(request, response, path.slice(metadataPath.length))
    const place = placeOf(path)
    if (place === null) return refuse(response, 404, 'There is nothing here: /mcp is.')
    const lease = await this.#authorize(request, response, path, place)
    if (lease === null) return
    const exchange = { request, response, scope: place.scope, lease }
    switch (request.method) {
      case 'POST':
        return this.#post(exchange)
      case 'GET':
        if (request.headers['mcp-session-id'] !== undefined) return this.#legacy.get(exchange)
        break
      case 'DELETE':
        if (request.headers['mcp-session-id'] !== undefined) return this.#legacy.delete(exchange)
        break
      default:
    }
    lease.release()
    response.setHeader('Allow', 'POST, GET, DELETE')
    refuse(response, 405, 'POST a message; GET and DELETE need a session.')
  }

  async #post(exchange: Parameters<LegacyLeg['post']>[0]): Promise<void> {
    const { request, response, scope, lease } = exchange
    const message = await readPost(request, response)
    if (message === null) return lease.release()
    const { headers } = request
    const params = message.kind === 'response' ? {} : message.params
    if (!isModern(params, headers)) return this.#legacy.post(exchange, message)
    try {
      if (message.kind === 'notification') return void response.writeHead(202).end()
      if (message.kind === 'response')
        return refuse(response, 400, 'Responses are not part of this revision: repeat the request with them.')
      const sender = { agent: lease.agent, digest: lease.digest, scope, headers }
      await this.#desk.request(message, sender, new HttpReply(request, response, 'json'))
    } finally {
      lease.release()
    }
  }

  #metadata(request: IncomingMessage, response: ServerResponse, rest: string): void {
    const path = rest === '' ? '/mcp' : rest
    if (request.method !== 'GET' || placeOf(path) === null)
      return refuse(response, request.method === 'GET' ? 404 : 405, 'There is no such resource.')
    sendJson(response, 200, resourceMetadata(this.#guard.baseUrl(request.headers), path))
  }

  /** The agent behind the request's token, or null after it was told that there is none. */
  async #authorize(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    { domain }: Place,
  ): Promise<Lease | null> {
    const base = this.#guard.baseUrl(request.headers)
    const token = tokenPattern.exec(request.headers.authorization ?? '')?.[1]
    if (token === undefined) {
      response.setHeader('WWW-Authenticate', challenge(base, path, false))
      refuse(response, 401, 'An agent’s token is needed: custos agent add.')
      return null
    }
    const lease = await this.#agents.open(token, domain)
    if (lease.ok) return lease.value
    const { kind, message } = lease.error
    if (kind === 'refused') response.setHeader('WWW-Authenticate', challenge(base, path, true))
    refuse(response, kind === 'refused' ? 401 : 503, `Not attached: ${message}.`)
    return null
  }
}

/** The domain that a path is of, and what of it it shows. */
interface Place {
  readonly domain: string
  readonly scope: Scope
}

const placePattern = /^(?:\/domains\/(?<domain>[^/]+))?\/mcp(?:\/(?<driver>[^/]+))?$/u

/** What a path shows, or null when there is no such place. Whether a domain is there is not known before a token is. */
function placeOf(path: string): Place | null {
  const { domain = mainDomain, driver } = placePattern.exec(path)?.groups ?? { driver: '' }
  if (!isDomainName(domain) || domain === sovereignDomain) return null
  if (driver === undefined) return { domain, scope: null }
  return isName(driver) ? { domain, scope: driver } : null
}

/** Reads the message of a POST, or answers why it cannot be and returns null. */
async function readPost(request: IncomingMessage, response: ServerResponse): Promise<SoundMessage | null> {
  if (!/^application\/json\s*(?:;|$)/iu.test(request.headers['content-type'] ?? '')) {
    refuse(response, 415, 'A message is application/json.')
    return null
  }
  const body = await readBody(request)
  if (body === null) {
    // The rest is not read: the connection is of no more use.
    response.setHeader('Connection', 'close')
    refuse(response, 413, 'The message is too large.')
    return null
  }
  const message = readMessage(body)
  if (message.kind !== 'problem') return message
  sendJson(response, 400, errorMessage(message.id, message.error))
  return null
}

async function readBody(request: IncomingMessage): Promise<Uint8Array | null> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > maxMessageBytes) return null
      chunks.push(chunk)
    }
  } catch {
    // The client went away in the middle.
    return null
  }
  return Buffer.concat(chunks)
}
