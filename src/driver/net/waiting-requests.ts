/**
 * Requests that wait at a proxy for what becomes of their calls. The service is asked and does: it asks the kernel in
 * the name of a sandbox, and is dispatched the same call as a driver. The two meet here by a trace context that is
 * random, known to nobody else before the dispatch, and good for one.
 */
import { randomBytes } from 'node:crypto'
import type { EgressOutcome, EgressRequest } from '../../sandbox/egress/gate.ts'
import type { Dress } from '../../sandbox/egress/gate.ts'

/** One request that was put to the kernel. */
export interface WaitingRequest {
  readonly selector: string
  /** The bytes that were put to the kernel. */
  readonly arguments: Uint8Array
  readonly request: EgressRequest
  /** Does it and tells the program. */
  readonly perform: (signal: AbortSignal, dress: Dress) => Promise<EgressOutcome>
}

/** All requests that wait, of all sandboxes. */
export class WaitingRequests {
  readonly #byTrace = new Map<string, WaitingRequest>()

  /** Notes a request; the trace context is what its call has to carry. */
  add(request: WaitingRequest): string {
    const trace = `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`
    this.#byTrace.set(trace, request)
    return trace
  }

  /** The request that a dispatch is for, once; null when nobody waits for exactly this. */
  take(trace: string | null, selector: string, bytes: Uint8Array): WaitingRequest | null {
    const waiting = trace === null ? undefined : this.#byTrace.get(trace)
    if (trace === null || waiting === undefined) return null
    if (waiting.selector !== selector || Buffer.compare(waiting.arguments, bytes) !== 0) return null
    this.#byTrace.delete(trace)
    return waiting
  }

  /** Forgets a request that is no longer waited for. */
  drop(trace: string): void {
    this.#byTrace.delete(trace)
  }
}
