/**
 * A call between its request and its end, as this process knows it: the argument bytes, who waits, and
 * whether they left for the driver. None of it is state: after a restart the ledger tells what became of it.
 */
import type { CallId } from '../base/ids.ts'
import type { Waiter } from './waiter.ts'

/** One call under way. */
export interface Flight {
  readonly call: CallId
  bytes: Uint8Array
  waiters: Waiter[]
  /** `dispatched` from the moment its frame was made; only a frame provably unsent takes it back. */
  stage: 'held' | 'admitted' | 'dispatched'
  /** Withdraws the dispatched request at the driver. */
  withdraw: (() => void) | null
}

/** Every call under way, by id. */
export class Flights {
  readonly #flights = new Map<CallId, Flight>()

  get(call: CallId): Flight | undefined {
    return this.#flights.get(call)
  }

  /** Starts or continues a call: a retry that collects a decision brings its bytes and its waiter along. */
  open(
    call: CallId,
    stage: 'held' | 'admitted',
    from: { readonly bytes: Uint8Array; readonly waiter: Waiter } | null,
  ): Flight {
    const earlier = this.#flights.get(call)
    const flight = earlier ?? { call, bytes: new Uint8Array(0), waiters: [], stage, withdraw: null }
    flight.stage = stage
    if (from !== null) {
      flight.bytes = from.bytes
      flight.waiters.push(from.waiter)
    }
    this.#flights.set(call, flight)
    return flight
  }

  /** Ends a call and returns what was known of it. */
  close(call: CallId): Flight | undefined {
    const flight = this.#flights.get(call)
    this.#flights.delete(call)
    return flight
  }

  /** True while somebody waits for the call. */
  isAwaited(call: CallId): boolean {
    return (this.#flights.get(call)?.waiters.length ?? 0) > 0
  }

  /** Admitted calls whose dispatch frame provably never left. */
  undispatched(): ReadonlySet<CallId> {
    const calls = new Set<CallId>()
    for (const flight of this.#flights.values()) if (flight.stage === 'admitted') calls.add(flight.call)
    return calls
  }

  /** The call that `waiter` waits for; undefined once its end is decided, even if it has not been told yet. */
  of(waiter: Waiter): Flight | undefined {
    return [...this.#flights.values()].find((flight) => flight.waiters.includes(waiter))
  }

  /** Takes `waiter` off whatever it waits for and returns the calls nobody waits for any more. */
  abandon(waiter: Waiter): readonly Flight[] {
    const left: Flight[] = []
    for (const flight of this.#flights.values()) {
      if (!flight.waiters.includes(waiter)) continue
      flight.waiters = flight.waiters.filter((other) => other !== waiter)
      if (flight.waiters.length === 0) left.push(flight)
    }
    return left
  }

  get size(): number {
    return this.#flights.size
  }
}
