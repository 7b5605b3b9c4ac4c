/**
 * One HTTP request and its response, with a bound on every wait. Nothing is followed, decompressed or retried
 * here. What is reported about a failure is whether the request can have reached the server: only then may a
 * call count as not having happened.
 */
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Agent as PlainAgent, request as plainRequest } from 'node:http'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'

/** Connections to one server, kept for a moment between requests. */
export type HttpAgent = PlainAgent

/** How long an idle connection is kept: less than common servers keep theirs, so that we close first. */
const keptIdleMs = 4000
const keptIdle = 8

/** Connections for the scheme of `url`. The owner must `destroy` it. */
export function agentFor(url: URL): HttpAgent {
  const options = { keepAlive: true, maxFreeSockets: keptIdle, timeout: keptIdleMs }
  return url.protocol === 'https:' ? new TlsAgent(options) : new PlainAgent(options)
}

/** What is asked. */
export interface ExchangeRequest {
  readonly url: URL
  readonly agent: HttpAgent
  readonly method: 'POST' | 'GET' | 'DELETE'
  readonly headers: { readonly [name: string]: string }
  readonly body: Uint8Array | null
  readonly patience: Patience
}

/** How long to wait for what. */
export interface Patience {
  /** For the connection, TLS included. */
  readonly connectMs: number
  /** From the connection to the end of the response's header. */
  readonly firstByteMs: number
  /** Between two pieces of the body; null for a stream that may be silent for ever. */
  readonly idleMs: number | null
}

/** What comes of it. Called asynchronously; after `ended` or `failed` nothing more is called. */
export interface ExchangeOwner {
  answered(status: number, headers: IncomingHttpHeaders): void
  bytes(chunk: Buffer): void
  ended(): void
  failed(reason: string, sent: boolean): void
}

/** A request under way. */
export interface Exchange {
  /** Closes the connection; the owner hears nothing more. Idempotent. */
  abort(): void
  /** The owner has what it wanted and hears nothing more; the connection may end in good order and be used again. */
  release(): void
}

/** What a response may still send after it was released. */
const released = { waitMs: 1000, bytes: 65_536 } as const

/** Sends a request. Throws a `TypeError` when a header's name or value cannot be sent. */
export function exchange(asked: ExchangeRequest, owner: ExchangeOwner): Exchange {
  return new RunningExchange(asked, owner)
}

class RunningExchange implements Exchange {
  readonly #patience: Patience
  readonly #request: ClientRequest
  #owner: ExchangeOwner | null
  #timer: NodeJS.Timeout | null = null
  #sent = false
  #leftBytes: number = Number.POSITIVE_INFINITY

  constructor(asked: ExchangeRequest, owner: ExchangeOwner) {
    const { url, agent, method, body } = asked
    this.#owner = owner
    this.#patience = asked.patience
    const headers =
      body === null ? asked.headers : { ...asked.headers, 'content-length': String(body.length) }
    const start = url.protocol === 'https:' ? tlsRequest : plainRequest
    this.#request = start(url, { agent, method, headers })
    this.#wait(asked.patience.connectMs, 'could not be reached in time')
    this.#request.on('socket', (socket) => {
      if (!socket.connecting) return this.#connected()
      socket.setKeepAlive(true, 30_000)
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => this.#connected())
    })
    this.#request.on('response', (response) => this.#read(response))
    this.#request.on('error', (error) =>
      this.#fail(this.#sent ? 'broke the connection' : `could not be reached: ${codeOf(error)}`),
    )
    this.#request.end(body ?? undefined)
  }

  abort(): void {
    this.#finish()
    this.#request.destroy()
  }

  release(): void {
    if (this.#owner === null) return
    this.#owner = null
    this.#leftBytes = released.bytes
    this.#wait(released.waitMs, '')
  }

  #connected(): void {
    if (this.#owner === null) return
    this.#sent = true
    this.#wait(this.#patience.firstByteMs, 'did not answer in time')
  }

  #read(response: IncomingMessage): void {
    response.on('data', (chunk: Buffer) => this.#chunk(chunk))
    response.on('end', () => this.#end())
    response.on('error', () => this.#fail('broke the connection'))
    this.#silence()
    const encoding = response.headers['content-encoding'] ?? 'identity'
    if (encoding !== 'identity') return this.#fail('compresses its answer though it was asked not to')
    this.#owner?.answered(response.statusCode ?? 0, response.headers)
  }

  #chunk(chunk: Buffer): void {
    this.#leftBytes -= chunk.length
    if (this.#leftBytes < 0) return this.abort()
    if (this.#owner === null) return
    this.#silence()
    this.#owner.bytes(chunk)
  }

  #end(): void {
    const owner = this.#owner
    this.#finish()
    owner?.ended()
  }

  #fail(reason: string): void {
    const owner = this.#owner
    this.abort()
    owner?.failed(`the server ${reason}`, this.#sent)
  }

  #silence(): void {
    if (this.#owner === null) return
    if (this.#patience.idleMs === null) this.#stopWaiting()
    else this.#wait(this.#patience.idleMs, 'went silent in the middle of its answer')
  }

  #wait(forMs: number, otherwise: string): void {
    this.#stopWaiting()
    this.#timer = setTimeout(() => this.#fail(otherwise), forMs)
  }

  #stopWaiting(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  #finish(): void {
    this.#owner = null
    this.#stopWaiting()
  }
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}
