/**
 * Requests that came while the ledger was preparing more room. To refuse them would be wrong in a moment, and
 * to decide them now might be to decide what cannot be recorded; so they wait, a bounded number of them.
 */
import type { ProcessId } from '../base/ids.ts'
import type { CallRequest } from './call-request.ts'
import type { Waiter } from './waiter.ts'

const maxParked = 16_384
/** Of one process, so that whoever floods leaves others room to wait. */
const maxParkedOfOne = 4096
const maxParkedBytes = 64 * 1024 * 1024

/** Requests that nothing has been decided about. */
export class Parking {
  #requests = new Map<Waiter, CallRequest>()
  #bytes = 0
  readonly #counts = new Map<ProcessId, number>()

  /** How many wait. */
  get size(): number {
    return this.#requests.size
  }

  /** Keeps a request. False when there are too many. */
  park(request: CallRequest, waiter: Waiter): boolean {
    const count = this.#counts.get(request.process) ?? 0
    if (count >= maxParkedOfOne || this.#requests.size >= maxParked) return false
    if (this.#bytes + request.bytes.length > maxParkedBytes) return false
    this.#requests.set(waiter, request)
    this.#counts.set(request.process, count + 1)
    this.#bytes += request.bytes.length
    return true
  }

  /** Forgets a request. False when it is not here. */
  leave(waiter: Waiter): boolean {
    const request = this.#requests.get(waiter)
    if (request === undefined) return false
    this.#bytes -= request.bytes.length
    const left = (this.#counts.get(request.process) ?? 1) - 1
    if (left > 0) this.#counts.set(request.process, left)
    else this.#counts.delete(request.process)
    return this.#requests.delete(waiter)
  }

  /** Every request, in the order they came; none is left here. */
  drain(): ReadonlyMap<Waiter, CallRequest> {
    const all = this.#requests
    this.#requests = new Map()
    this.#bytes = 0
    this.#counts.clear()
    return all
  }
}
