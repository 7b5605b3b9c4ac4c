/**
 * A client's requests: those that wait for credit, and those that wait for their answer. A request that is
 * withdrawn or cut off before it was sent says so, because then it certainly had no effect.
 */
import type { Json, JsonObject } from '../base/json.ts'
import type { Answer } from './answer.ts'
import type { IncomingRequest, OnNotice, RequestOptions, Served } from './client.ts'
import { unsendable } from './frame.ts'
import type { Peer, PeerEnd } from './peer.ts'

/** How many requests may wait for credit, and bytes of their bodies. */
const maxWaiting = 65_536
const maxWaitingBytes = 256 * 1024 * 1024

type Serve = (request: IncomingRequest) => Promise<Served>

interface Waiting {
  readonly header: JsonObject
  readonly body: Uint8Array
  readonly onNotice: OnNotice | undefined
  readonly onRequest: Serve | undefined
  readonly settle: (answer: Answer) => void
  /** Set once it has been sent. */
  correlation: number
}

/** The requests of one client. */
export class RequestQueue {
  readonly #peer: Peer
  readonly #waiting = new Set<Waiting>()
  #waitingBytes = 0
  readonly #listeners = new Map<number, OnNotice>()
  readonly #handlers = new Map<number, Serve>()
  #ended: PeerEnd | null = null

  constructor(peer: Peer) {
    this.#peer = peer
  }

  /** Asks, now or as soon as there is credit. */
  request(header: JsonObject, body: Uint8Array, options: RequestOptions): Promise<Answer> {
    const { signal, onNotice, onRequest } = options
    const problem = this.#problem(header, body, signal)
    if (problem !== null) return Promise.resolve({ kind: 'unsent', reason: problem })
    return new Promise((resolve) => {
      const withdraw = (): void => this.#withdraw(waiting)
      const settle = (answer: Answer): void => {
        signal?.removeEventListener('abort', withdraw)
        resolve(answer)
      }
      const waiting: Waiting = { header, body, onNotice, onRequest, settle, correlation: 0 }
      signal?.addEventListener('abort', withdraw, { once: true })
      this.#waiting.add(waiting)
      this.#waitingBytes += body.length
      this.#drain()
    })
  }

  /** Passes on a notice about a request. */
  notice(correlation: number, header: JsonObject, body: Uint8Array): void {
    this.#listeners.get(correlation)?.(header, body)
  }

  /** Who serves requests that concern our request `correlation`, if anybody does. */
  handlerOf(correlation: Json | undefined): Serve | undefined {
    return typeof correlation === 'number' ? this.#handlers.get(correlation) : undefined
  }

  /** Nothing is sent any more. */
  end(end: PeerEnd): void {
    this.#ended = end
    for (const waiting of this.#waiting) waiting.settle({ kind: 'unsent', reason: end.reason })
    this.#waiting.clear()
  }

  #problem(header: JsonObject, body: Uint8Array, signal: AbortSignal | undefined): string | null {
    if (this.#ended !== null) return this.#ended.reason
    if (signal?.aborted === true) return 'withdrawn before it was sent'
    if (this.#waiting.size >= maxWaiting) return `more than ${maxWaiting} requests wait for credit`
    if (this.#waitingBytes + body.length > maxWaitingBytes)
      return `more than ${maxWaitingBytes} bytes of requests wait for credit`
    return unsendable(header, body)
  }

  #drain(): void {
    for (const waiting of this.#waiting) {
      if (this.#peer.available === 0) return
      this.#take(waiting)
      this.#send(waiting)
    }
  }

  /** It waits no longer. False when it did not. */
  #take(waiting: Waiting): boolean {
    if (!this.#waiting.delete(waiting)) return false
    this.#waitingBytes -= waiting.body.length
    return true
  }

  #send(waiting: Waiting): void {
    const correlation = this.#peer.request(waiting.header, waiting.body, (answer) => {
      this.#listeners.delete(waiting.correlation)
      this.#handlers.delete(waiting.correlation)
      waiting.settle(answer)
      this.#drain()
    })
    if (correlation === null) return waiting.settle({ kind: 'unsent', reason: 'the connection was closed' })
    waiting.correlation = correlation
    if (waiting.onNotice !== undefined) this.#listeners.set(correlation, waiting.onNotice)
    if (waiting.onRequest !== undefined) this.#handlers.set(correlation, waiting.onRequest)
  }

  #withdraw(waiting: Waiting): void {
    if (this.#take(waiting)) waiting.settle({ kind: 'unsent', reason: 'withdrawn before it was sent' })
    else this.#peer.cancel(waiting.correlation)
  }
}
