/**
 * MCP over Streamable HTTP, sessionful era, tools only: POST carries one message, a session lives until DELETE
 * or idleness. Loopback only; the Host and any Origin must name this very server, so that a page in somebody's
 * browser cannot reach it by rebinding a name.
 */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { sha256Hex } from '../../base/hash.ts'
import { connectWire } from '../../wire/client.ts'
import type { McpMessage } from './message.ts'
import { errorCodes, errorMessage, readMessage } from './message.ts'
import { McpSession } from './session.ts'

const maxBodyBytes = 1_048_576
const maxSessions = 256
const idleMs = 3_600_000
const progressMs = 10_000

interface Live {
  readonly session: McpSession
  readonly tokenDigest: string
  lastUsed: number
}

/** Serves `/mcp`. One per gateway. */
export class McpEndpoint {
  readonly #agentSocket: string
  readonly #hosts: ReadonlySet<string>
  readonly #sessions = new Map<string, Live>()

  constructor(agentSocket: string, port: number) {
    this.#agentSocket = agentSocket
    this.#hosts = new Set(['127.0.0.1', 'localhost', '[::1]'].map((host) => `${host}:${port}`))
  }

  /** Closes sessions nobody used for an hour. */
  sweep(now: number): void {
    for (const [id, live] of this.#sessions) if (now - live.lastUsed > idleMs) this.#end(id)
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.#isOurs(request))
      return send(response, 403, errorMessage(null, errorCodes.invalid, 'Not for this host.'))
    const token = /^Bearer ([\w.~+/=-]{16,512})$/u.exec(request.headers.authorization ?? '')?.[1]
    if (token === undefined) {
      response.setHeader('WWW-Authenticate', 'Bearer')
      return send(response, 401, errorMessage(null, errorCodes.invalid, 'An agent token is needed.'))
    }
    if (request.method === 'DELETE') return this.#delete(request, response, token)
    if (request.method !== 'POST') {
      response.setHeader('Allow', 'POST, DELETE')
      return send(response, 405, errorMessage(null, errorCodes.invalid, 'POST a message.'))
    }
    const body = await readBody(request)
    if (body === null)
      return send(response, 413, errorMessage(null, errorCodes.invalid, 'The message is too large.'))
    const message = readMessage(body)
    if ('code' in message) return send(response, 400, errorMessage(null, message.code, message.message))
    return message.method === 'initialize'
      ? this.#initialize(message, response, token)
      : this.#message(message, request, response, token)
  }

  async #initialize(message: McpMessage, response: ServerResponse, token: string): Promise<void> {
    if (message.id === undefined)
      return send(response, 400, errorMessage(null, errorCodes.invalid, 'initialize is a request.'))
    if (this.#sessions.size >= maxSessions)
      return send(response, 503, errorMessage(message.id, errorCodes.internal, 'Too many sessions.'))
    const kernel = await connectWire(this.#agentSocket, { token })
    if (!kernel.ok) {
      const { reason } = kernel.error
      return send(response, 401, errorMessage(message.id, errorCodes.invalid, `Not attached: ${reason}.`))
    }
    const session = new McpSession(kernel.value)
    const id = randomUUID()
    this.#sessions.set(id, { session, tokenDigest: sha256Hex(token), lastUsed: Date.now() })
    void session.ended.then(() => this.#sessions.delete(id))
    response.setHeader('Mcp-Session-Id', id)
    return send(
      response,
      200,
      await session.answer(message, message.id, () => undefined, new AbortController().signal),
    )
  }

  async #message(
    message: McpMessage,
    request: IncomingMessage,
    response: ServerResponse,
    token: string,
  ): Promise<void> {
    const live = this.#find(request, token)
    if (live === null)
      return send(
        response,
        404,
        errorMessage(message.id ?? null, errorCodes.invalid, 'No such session: initialize again.'),
      )
    live.lastUsed = Date.now()
    if (message.id === undefined) return void response.writeHead(202).end()
    const { id } = message
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    const stream = new PatientStream(request, response, message)
    const answer = await live.session.answer(message, id, (text) => stream.start(text), gone.signal)
    if (stream.isStarted) stream.finish(answer)
    else send(response, 200, answer)
  }

  #delete(request: IncomingMessage, response: ServerResponse, token: string): void {
    const id = sessionIdOf(request)
    if (this.#find(request, token) === null)
      return send(response, 404, errorMessage(null, errorCodes.invalid, 'No such session.'))
    this.#end(id)
    response.writeHead(204).end()
  }

  #find(request: IncomingMessage, token: string): Live | null {
    const live = this.#sessions.get(sessionIdOf(request))
    return live?.tokenDigest === sha256Hex(token) ? live : null
  }

  #end(id: string): void {
    this.#sessions.get(id)?.session.close()
    this.#sessions.delete(id)
  }

  #isOurs({ headers }: IncomingMessage): boolean {
    if (!this.#hosts.has(headers.host ?? '')) return false
    const { origin } = headers
    return origin === undefined || this.#hosts.has(origin.replace(/^http:\/\//u, ''))
  }
}

/** Answers a held call as an event stream, with progress, so that clients do not give up in silence. */
class PatientStream {
  readonly #response: ServerResponse
  readonly #accepts: boolean
  readonly #progressToken: string | number | null
  #timer: NodeJS.Timeout | null = null
  #ticks = 0

  constructor(request: IncomingMessage, response: ServerResponse, message: McpMessage) {
    this.#response = response
    this.#accepts = (request.headers.accept ?? '').includes('text/event-stream')
    const meta = message.params['_meta'] as { readonly progressToken?: unknown } | undefined
    const token = meta?.progressToken
    this.#progressToken = typeof token === 'string' || typeof token === 'number' ? token : null
  }

  get isStarted(): boolean {
    return this.#timer !== null
  }

  start(text: string): void {
    if (!this.#accepts || this.#timer !== null || this.#response.destroyed) return
    this.#response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
    this.#tick(text)
    this.#timer = setInterval(() => this.#tick(text), progressMs)
    this.#response.once('close', () => clearInterval(this.#timer ?? undefined))
  }

  finish(answer: string): void {
    clearInterval(this.#timer ?? undefined)
    this.#response.end(`event: message\ndata: ${answer}\n\n`)
  }

  #tick(message: string): void {
    this.#ticks += 1
    if (this.#progressToken === null) return void this.#response.write(': waiting for an operator\n\n')
    const params = { progressToken: this.#progressToken, progress: this.#ticks, message }
    const notification = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params })
    this.#response.write(`event: message\ndata: ${notification}\n\n`)
  }
}

function sessionIdOf({ headers }: IncomingMessage): string {
  const id = headers['mcp-session-id']
  return typeof id === 'string' ? id : ''
}

async function readBody(request: IncomingMessage): Promise<Uint8Array | null> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > maxBodyBytes) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function send(response: ServerResponse, status: number, body: string): void {
  if (response.headersSent || response.destroyed) return
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }).end(body)
}
