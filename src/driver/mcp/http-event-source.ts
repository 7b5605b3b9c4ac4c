/**
 * One stream of messages over as many connections as it takes. Servers of the sessionful era may close a
 * connection in the middle and have the client come back with the id of the last event it saw; the stream of
 * messages that belong to no request is opened the same way, without such an id.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { Exchange } from './http-exchange.ts'
import type { ChannelOwner, HttpChannel } from './http-channel.ts'
import type { HttpLimits } from './http-limits.ts'
import { SseParser } from '../../mcp/sse.ts'
import { onOneLine } from './http-message.ts'

/** What a stream tells. After `over` nothing more is called. */
export interface EventSourceOwner {
  message(bytes: Buffer): void
  /** No more messages will come; why, in words that follow "the server". */
  over(why: string): void
}

/** How a stream is to be treated. */
export interface EventSourceTerms {
  readonly limits: HttpLimits
  /** May connections be resumed? Never in the stateless era. */
  readonly resumable: boolean
  /** Opened anew after it ends, even if there is no event to resume after, and however often. */
  readonly lasting: boolean
  /** The protocol revision, for the header. */
  readonly revision: string | null
}

/** Connections that bring nothing are tried ever more slowly, up to so many times the server's own pace. */
const most = { doublings: 4 } as const

/** The events of one stream. Either fed by the owner of a first connection, or opened by `reconnect`. */
export class HttpEventSource {
  readonly #channel: HttpChannel
  readonly #owner: EventSourceOwner
  readonly #terms: EventSourceTerms
  #parser: SseParser
  #lastEventId: string | null = null
  #retryMs: number
  #empty = 0
  #closed = false
  #exchange: Exchange | null = null
  #timer: NodeJS.Timeout | null = null

  constructor(channel: HttpChannel, terms: EventSourceTerms, owner: EventSourceOwner) {
    this.#channel = channel
    this.#terms = terms
    this.#owner = owner
    this.#retryMs = terms.limits.retryUsual
    this.#parser = new SseParser(terms.limits.messageBytes)
  }

  /** Bytes of the connection. */
  push(chunk: Buffer): void {
    const sound = this.#parser.push(chunk, ({ type, data }) => {
      this.#empty = 0
      if (!this.#closed && type === 'message') this.#owner.message(onOneLine(data))
    })
    this.#lastEventId = this.#parser.lastEventId ?? this.#lastEventId
    const { retryLeast, retryMost } = this.#terms.limits
    if (this.#parser.retryMs !== null)
      this.#retryMs = Math.min(retryMost, Math.max(retryLeast, this.#parser.retryMs))
    if (!sound) this.#over('sent an event longer than allowed')
  }

  /** The connection is over; resumes it after the time the server asked for, if that may be. */
  disconnected(): void {
    if (this.#closed) return
    const { resumable, lasting, limits } = this.#terms
    const mayReturn = lasting || (resumable && this.#lastEventId !== null)
    if (!mayReturn) return this.#over('ended its event stream without an answer')
    this.#empty++
    if (!lasting && this.#empty > limits.emptyResumptions)
      return this.#over('does not resume its event stream')
    const doublings = Math.min(most.doublings, Math.max(0, this.#empty - 2))
    const waitMs = Math.min(limits.retryMost, this.#retryMs * 2 ** doublings)
    this.#timer = setTimeout(() => this.reconnect(), waitMs)
  }

  /** Opens a connection, after the last event where there is one. */
  reconnect(): void {
    if (this.#closed) return
    const { limits, revision } = this.#terms
    this.#parser = new SseParser(limits.messageBytes)
    const lastEventId = this.#lastEventId
    const headers = {
      accept: 'text/event-stream',
      ...(revision === null ? {} : { 'mcp-protocol-version': revision }),
      ...(lastEventId === null ? {} : { 'last-event-id': Buffer.from(lastEventId).toString('latin1') }),
    }
    const idleMs = this.#terms.lasting ? null : limits.idleMs
    const patience = { connectMs: limits.connectMs, firstByteMs: limits.promptMs, idleMs }
    const request = { method: 'GET', headers, body: null, patience, inSession: true } as const
    this.#exchange = this.#channel.ask(request, this.#reader())
  }

  /** Ends the stream; the owner hears nothing more. Idempotent. */
  close(): void {
    this.#closed = true
    this.#exchange?.abort()
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  #reader(): ChannelOwner {
    return {
      answered: (status, headers) => {
        if (status === 200 && isEventStream(headers)) return
        this.#over(
          status === 405 ? 'has no such stream' : `answered HTTP ${status} instead of an event stream`,
        )
      },
      bytes: (chunk) => this.push(chunk),
      ended: () => this.disconnected(),
      failed: ({ status, reason }) => {
        if (status === null) this.disconnected()
        else this.#over(reason)
      },
    }
  }

  #over(why: string): void {
    if (this.#closed) return
    this.close()
    this.#owner.over(why)
  }
}

/** True when a response carries server-sent events. */
export function isEventStream(headers: IncomingHttpHeaders): boolean {
  return mediaType(headers) === 'text/event-stream'
}

/** The media type of a response in lower case, without parameters. */
export function mediaType(headers: IncomingHttpHeaders): string {
  return (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}
