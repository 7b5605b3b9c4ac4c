/**
 * The calls that a server works on, by the number of their request. A message that names no call belongs to
 * one only if there is just one it can belong to: two agents may be using the same server, and what it says
 * because of one must not reach the other. A call that was given up counts for a while longer, because the
 * server may not have heard.
 */
import type { CallUnderWay } from './call-under-way.ts'

/** How long a server may still be working on a call that was given up. */
export const lingerMs = 60_000

/** Calls under way at one server. */
export class CallsInFlight {
  readonly #calls = new Map<number, CallUnderWay>()
  readonly #lingering = new Map<number, number>()

  /** The request `id` is sent on behalf of `call`. */
  add(id: number, call: CallUnderWay): void {
    this.#calls.set(id, call)
  }

  /** The request `id` was answered. */
  remove(id: number): void {
    this.#calls.delete(id)
    this.#lingering.delete(id)
  }

  /** The request `id` was given up. */
  giveUp(id: number): void {
    if (!this.#calls.delete(id)) return
    this.#forgetStopped()
    this.#lingering.set(id, performance.now() + lingerMs)
  }

  get(id: number): CallUnderWay | null {
    return this.#calls.get(id) ?? null
  }

  /** The only call that the server can be working on, or null. */
  get sole(): CallUnderWay | null {
    this.#forgetStopped()
    if (this.#calls.size !== 1 || this.#lingering.size > 0) return null
    for (const call of this.#calls.values()) return call
    return null
  }

  #forgetStopped(): void {
    const now = performance.now()
    for (const [id, until] of this.#lingering) if (until <= now) this.#lingering.delete(id)
  }
}
