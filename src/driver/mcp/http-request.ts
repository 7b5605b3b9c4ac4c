/**
 * One message of ours and what the server answers to it: a JSON body, an event stream, or a status that says no.
 * A request ends in exactly one of: an answer delivered, a problem told, or being given up.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { ChannelOwner, ChannelRequest, HttpChannel } from './http-channel.ts'
import type { EventSourceTerms } from './http-event-source.ts'
import type { Exchange } from './http-exchange.ts'
import type { LinkProblem } from './link.ts'
import { GrowingBytes } from '../../mcp/growing-bytes.ts'
import { answers, errorIn, onOneLine } from './http-message.ts'
import { HttpEventSource, isEventStream, mediaType } from './http-event-source.ts'
import { problem } from './http-channel.ts'

/** What a request tells. After `done` or `failed` nothing more is called. */
export interface RequestOwner {
  /** The header of a response that is not an error. */
  accepted(headers: IncomingHttpHeaders): void
  received(message: Buffer): void
  /** The server ended its connection in the middle, in good order; the stream is resumed. */
  paused(): void
  /** The answer was received, or the notification accepted. */
  done(): void
  failed(why: LinkProblem): void
}

/** A message under way. `id` is null for one that gets no answer. */
export class HttpRequest implements ChannelOwner {
  readonly #id: number | null
  readonly #channel: HttpChannel
  readonly #terms: EventSourceTerms
  readonly #owner: RequestOwner
  #exchange: Exchange | null = null
  #status = 0
  #body: GrowingBytes | null = null
  #events: HttpEventSource | null = null
  #over = false

  constructor(channel: HttpChannel, id: number | null, terms: EventSourceTerms, owner: RequestOwner) {
    this.#id = id
    this.#channel = channel
    this.#terms = terms
    this.#owner = owner
  }

  /** Sends it. To be called once. */
  send(request: ChannelRequest): void {
    if (!this.#over) this.#exchange = this.#channel.ask(request, this)
  }

  /** Gives it up: the connection is closed and the owner hears nothing more. Idempotent. */
  abandon(): void {
    this.#over = true
    this.#exchange?.abort()
    this.#events?.close()
  }

  answered(status: number, headers: IncomingHttpHeaders): void {
    this.#status = status
    if (status >= 300 && status < 400) return this.#fail(redirected(headers))
    const { limits } = this.#terms
    if (status >= 400 || status < 200) {
      this.#body = new GrowingBytes(limits.errorBytes)
      return
    }
    this.#owner.accepted(headers)
    if (this.#id === null) return this.#finish(() => this.#owner.done())
    if (isEventStream(headers)) {
      this.#events = new HttpEventSource(this.#channel, this.#terms, {
        message: (bytes) => this.#received(bytes),
        over: (why) => this.#fail(`the server ${why}`),
      })
    } else if (mediaType(headers) === 'application/json') {
      this.#body = new GrowingBytes(limits.messageBytes)
    } else {
      this.#fail('the server answered with neither JSON nor an event stream')
    }
  }

  bytes(chunk: Buffer): void {
    if (this.#over) return
    if (this.#events !== null) return this.#events.push(chunk)
    if (this.#body?.append(chunk) === false)
      this.#fail(
        this.#status < 300 ? 'the server sent an answer longer than allowed' : statusWords(this.#status),
      )
  }

  ended(): void {
    if (this.#over) return
    if (this.#events !== null) {
      this.#events.disconnected()
      if (!this.#over) this.#owner.paused()
      return
    }
    const body = this.#body?.take() ?? Buffer.alloc(0)
    const error = errorIn(body, this.#id)
    if (this.#status >= 300) return this.#fail(statusWords(this.#status), error)
    const message = onOneLine(body)
    if (this.#id !== null && answers(message, this.#id)) return this.#received(message)
    this.#fail('the server sent something other than the answer', error)
  }

  failed(why: LinkProblem): void {
    if (this.#over) return
    if (this.#events !== null) return this.#events.disconnected()
    this.#finish(() => this.#owner.failed(why))
  }

  #received(message: Buffer): void {
    if (this.#over) return
    const isAnswer = this.#id !== null && answers(message, this.#id)
    if (!isAnswer) return this.#owner.received(message)
    this.#finish(() => {
      this.#owner.received(message)
      this.#owner.done()
    })
  }

  #fail(reason: string, error: LinkProblem['error'] = null): void {
    const status = this.#status >= 300 ? this.#status : null
    this.#finish(() => this.#owner.failed({ ...problem(reason, true, status), error }))
  }

  /** Lets go of everything, then tells. */
  #finish(tell: () => void): void {
    if (this.#over) return
    this.#over = true
    this.#exchange?.release()
    this.#events?.close()
    tell()
  }
}

function statusWords(status: number): string {
  return `the server answered HTTP ${status}`
}

/** Redirects are not followed: the operator agreed to one address, and the credential is for that one. */
function redirected(headers: IncomingHttpHeaders): string {
  const target = URL.parse(headers.location ?? '')
  const where = target === null ? 'another address' : `${target.origin}${target.pathname}`.slice(0, 256)
  return `the server redirects to ${where}, which is not followed; if that is right, add the driver with that URL`
}
