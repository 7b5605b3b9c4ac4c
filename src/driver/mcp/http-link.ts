/**
 * Messages over Streamable HTTP, in both of its forms. The sessionful one has a session id, a stream for what
 * belongs to no request, and event streams that are resumed; the stateless one repeats method and name in headers
 * and has none of these. Which one is spoken, every message says itself by its revision.
 */
import type { HttpProgram } from '../../kernel/manifest.ts'
import type { HttpAuthorization } from './http-authorization.ts'
import type { HttpLimits } from './http-limits.ts'
import type { LinkOwner, Outgoing, ServerLink } from './link.ts'
import { encodeHeaderValue } from '../../mcp/header-value.ts'
import { eraOf } from '../../mcp/revision.ts'
import { readServerUrl } from './http-address.ts'
import { HttpChannel, problem } from './http-channel.ts'
import { HttpEventSource } from './http-event-source.ts'
import { httpLimits } from './http-limits.ts'
import { HttpRequest } from './http-request.ts'
import { credentialFile } from './oauth-authorization.ts'

/** What a caller may choose. */
export interface HttpLinkOptions {
  /** Instead of the program's credential file. */
  readonly authorization?: HttpAuthorization
  readonly limits?: Partial<HttpLimits>
}

/** A link that also says when its last goodbye to the server is done. */
export interface HttpLink extends ServerLink {
  /** Settles after `close`, when the server has ended the session or had its time to. Never rejects. */
  readonly closed: Promise<void>
}

/** Opens a link. Nothing is sent before the first message. A URL that must not be used ends it at once. */
export function openHttpLink(
  program: HttpProgram,
  owner: LinkOwner,
  options: HttpLinkOptions = {},
): HttpLink {
  const url = readServerUrl(program.url)
  const link = new StreamableHttpLink(program, owner, options)
  if (!url.ok) link.close(url.error)
  return link
}

const goodbyeMs = 2000

class StreamableHttpLink implements HttpLink {
  readonly kind = 'http'
  readonly closed: Promise<void>
  readonly #closed: () => void
  readonly #owner: LinkOwner
  readonly #limits: HttpLimits
  readonly #channel: HttpChannel
  readonly #requests = new Map<number, HttpRequest>()
  readonly #notifications = new Set<HttpRequest>()
  #stream: HttpEventSource | null = null
  #revision: string | null = null
  /** Settles when the server has taken `notifications/initialized`: it must not be overtaken. */
  #initialized: Promise<void> | null = null
  #ended = false

  constructor(program: HttpProgram, owner: LinkOwner, options: HttpLinkOptions) {
    this.#owner = owner
    this.#limits = { ...httpLimits, ...options.limits }
    const authorization = options.authorization ?? credentialFile(program)
    const url = URL.parse(program.url) ?? new URL('http://127.0.0.1')
    this.#channel = new HttpChannel(url, authorization, () => this.close('the server has ended the session'))
    const { promise, resolve } = Promise.withResolvers<void>()
    this.closed = promise
    this.#closed = resolve
  }

  send(message: Uint8Array, about: Outgoing): void {
    if (this.#ended) return
    if (this.#isFull(about)) {
      const { id } = about
      if (id !== null)
        setImmediate(() => this.#fail(id, problem('too many requests are under way', false, null)))
      return
    }
    if (about.revision !== null) this.#revision = about.revision
    const { promise, resolve } = Promise.withResolvers<void>()
    const request = this.#prepare(about, resolve)
    const go = (): void => request.send(this.#asHttp(message, about))
    if (this.#initialized === null) go()
    else void this.#initialized.then(go)
    if (about.method === 'notifications/initialized') this.#initialized = promise
  }

  abandon(id: number): void {
    this.#requests.get(id)?.abandon()
    this.#requests.delete(id)
  }

  openStream(): void {
    if (this.#ended || this.#stream !== null) return
    const terms = { limits: this.#limits, resumable: true, lasting: true, revision: this.#revision }
    this.#stream = new HttpEventSource(this.#channel, terms, {
      message: (bytes) => this.#received(bytes, null),
      over: () => {},
    })
    this.#stream.reconnect()
  }

  close(reason: string): void {
    if (this.#ended) return
    this.#ended = true
    for (const request of [...this.#requests.values(), ...this.#notifications]) request.abandon()
    this.#requests.clear()
    this.#notifications.clear()
    this.#stream?.close()
    setImmediate(() => this.#owner.ended(reason))
    this.#sayGoodbye()
  }

  #isFull(about: Outgoing): boolean {
    if (about.id === null) return this.#notifications.size >= this.#limits.notifications
    return this.#requests.size >= this.#limits.requests || this.#requests.has(about.id)
  }

  #prepare(about: Outgoing, settled: () => void): HttpRequest {
    const { id } = about
    const resumable = about.revision === null || eraOf(about.revision) === 'legacy'
    const terms = { limits: this.#limits, resumable, lasting: false, revision: about.revision }
    const request = new HttpRequest(this.#channel, id, terms, {
      accepted: (headers) => {
        if (about.method === 'initialize') this.#channel.openSession(headers)
      },
      received: (message) => this.#received(message, id),
      paused: () => {
        if (id !== null && !this.#ended) this.#owner.paused?.(id)
      },
      done: () => {
        this.#forget(id, request)
        settled()
      },
      failed: (why) => {
        this.#forget(id, request)
        settled()
        if (id !== null) this.#fail(id, why)
      },
    })
    if (id === null) this.#notifications.add(request)
    else this.#requests.set(id, request)
    return request
  }

  #forget(id: number | null, request: HttpRequest): void {
    if (id === null) this.#notifications.delete(request)
    else this.#requests.delete(id)
  }

  #fail(id: number, why: Parameters<LinkOwner['failed']>[1]): void {
    if (!this.#ended) this.#owner.failed(id, why)
  }

  #received(message: Buffer, stream: number | null): void {
    if (!this.#ended) this.#owner.received(message, stream)
  }

  #asHttp(message: Uint8Array, about: Outgoing): Parameters<HttpRequest['send']>[0] {
    const { connectMs, answerMs, promptMs, idleMs } = this.#limits
    const stateless = about.revision !== null && eraOf(about.revision) === 'modern'
    const lasting = about.method === 'subscriptions/listen'
    const firstByteMs = about.id === null || lasting ? promptMs : answerMs
    return {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...(about.revision === null ? {} : { 'mcp-protocol-version': about.revision }),
        ...(stateless ? mirrored(about) : {}),
      },
      body: message,
      patience: { connectMs, firstByteMs, idleMs: lasting ? null : idleMs },
      inSession: !stateless && about.method !== 'initialize',
    }
  }

  /** Ends the session at the server, if there is one, without waiting for long. */
  #sayGoodbye(): void {
    const over = (): void => {
      this.#channel.close()
      this.#closed()
    }
    if (!this.#channel.hasSession) return over()
    const headers: { readonly [name: string]: string } =
      this.#revision === null ? {} : { 'mcp-protocol-version': this.#revision }
    const patience = { connectMs: goodbyeMs, firstByteMs: goodbyeMs, idleMs: goodbyeMs }
    this.#channel.ask(
      { method: 'DELETE', headers, body: null, patience, inSession: true },
      { answered: over, bytes: () => {}, ended: over, failed: over },
    )
  }
}

/** What the stateless form repeats of a message. */
function mirrored(about: Outgoing): { readonly [name: string]: string } {
  return {
    ...(about.method === null ? {} : { 'mcp-method': encodeHeaderValue(about.method) }),
    ...(about.name === null ? {} : { 'mcp-name': encodeHeaderValue(about.name) }),
    ...Object.fromEntries(about.paramHeaders),
  }
}
