/**
 * Requests that came while the ledger was preparing more room. To refuse them would be wrong in a moment, and
 * to decide them now might be to decide what cannot be recorded; so they wait, a bounded number of them.
 */
import type { CallRequest } from './call-request.ts'
import type { Waiter } from './waiter.ts'

const maxParked = 4096
const maxParkedBytes = 64 * 1024 * 1024

/** Requests that nothing has been decided about. */
export class Parking {
  #requests = new Map<Waiter, CallRequest>()
  #bytes = 0

  /** How many wait. */
  get size(): number {
    return this.#requests.size
  }

  /** Keeps a request. False when there are too many. */
  park(request: CallRequest, waiter: Waiter): boolean {
    if (this.#requests.size >= maxParked || this.#bytes + request.bytes.length > maxParkedBytes) return false
    this.#requests.set(waiter, request)
    this.#bytes += request.bytes.length
    return true
  }

  /** Forgets a request. False when it is not here. */
  leave(waiter: Waiter): boolean {
    this.#bytes -= this.#requests.get(waiter)?.bytes.length ?? 0
    return this.#requests.delete(waiter)
  }

  /** Every request, in the order they came; none is left here. */
  drain(): ReadonlyMap<Waiter, CallRequest> {
    const all = this.#requests
    this.#requests = new Map()
    this.#bytes = 0
    return all
  }
}
