/**
 * Calls of modern clients between two rounds: the client was told what is asked and went away to find out. The
 * call goes on waiting here, bounded in number and time, until the client's retry brings the answers.
 */
import { randomBytes } from 'node:crypto'
import { bytesToHex } from '../../base/hash.ts'
import type { KernelCall } from './kernel-call.ts'
import { stateLifetimeMs } from './request-state.ts'

interface Waiting {
  readonly call: KernelCall
  readonly agent: string
  readonly timer: NodeJS.Timeout
}

/** How many calls may wait for their next round, in all and of one agent. */
const maxWaiting = 1_024
const maxWaitingOfAgent = 64

/** Every call that waits for its next round. */
export class OpenRounds {
  readonly #waiting = new Map<string, Waiting>()

  /** Keeps a call until it is taken or its time is over. Returns its key, or null when there is no room. */
  keep(call: KernelCall, agent: string): string | null {
    const own = [...this.#waiting.values()].filter((waiting) => waiting.agent === agent).length
    if (this.#waiting.size >= maxWaiting || own >= maxWaitingOfAgent) return null
    const key = bytesToHex(randomBytes(16))
    const timer = setTimeout(() => {
      this.#waiting.delete(key)
      call.cancel()
    }, stateLifetimeMs).unref()
    this.#waiting.set(key, { call, agent, timer })
    return key
  }

  /** Takes a call out, or null when it is not here any more. */
  take(key: string): KernelCall | null {
    const waiting = this.#waiting.get(key)
    if (waiting === undefined) return null
    clearTimeout(waiting.timer)
    this.#waiting.delete(key)
    return waiting.call
  }

  /** Cancels whatever waits of an agent that is gone. */
  forget(agent: string): void {
    for (const [key, waiting] of this.#waiting) if (waiting.agent === agent) this.take(key)?.cancel()
  }
}
