/** The acceptor's requests that a client is serving: each gets one answer, and a signal that says "stop". */
import type { JsonObject } from '../base/json.ts'
import type { IncomingRequest, Served } from './client.ts'
import { noBody, unsendable } from './frame.ts'
import type { Peer } from './peer.ts'

/** The requests that one client serves. */
export class ServedRequests {
  readonly #peer: Peer
  readonly #serve: (request: IncomingRequest) => Promise<Served>
  readonly #stops = new Map<number, AbortController>()

  constructor(peer: Peer, serve: (request: IncomingRequest) => Promise<Served>) {
    this.#peer = peer
    this.#serve = serve
  }

  /** Serves one request; the handler's own turn starts now. */
  take(correlation: number, header: JsonObject, body: Uint8Array): void {
    const stop = new AbortController()
    this.#stops.set(correlation, stop)
    const notice = (header: JsonObject, body?: Uint8Array): boolean =>
      this.#peer.notice(correlation, header, body)
    this.#serve({ header, body, signal: stop.signal, notice }).then(
      (served) => this.#answer(correlation, served),
      (error: unknown) => this.#fail(error),
    )
  }

  /** Tells the handler that nobody waits for success any more. */
  cancel(correlation: number): void {
    this.#stops.get(correlation)?.abort()
  }

  /** The connection is over. */
  end(): void {
    for (const stop of this.#stops.values()) stop.abort()
    this.#stops.clear()
  }

  #answer(correlation: number, served: Served): void {
    this.#stops.delete(correlation)
    if (served.kind === 'refusal') {
      this.#peer.refuse(correlation, served.refusal)
      return
    }
    const body = served.body ?? noBody
    const problem = unsendable(served.header, body)
    if (problem === null) this.#peer.reply(correlation, served.header, body)
    else this.#fail(new RangeError(problem))
  }

  /** A handler that fails is a broken program: whoever asked must not wait, and nobody may carry on. */
  #fail(error: unknown): void {
    this.#peer.goodbye('fault', 'a request could not be served')
    queueMicrotask(() => {
      throw error
    })
  }
}
