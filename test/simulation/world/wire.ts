/**
 * A simulated socket pair: bytes arrive in order, late, and cut wherever it likes. Either side may close; the
 * kernel may die, and then some of what was on its way still arrives before the end. Both directions are
 * tapped where they are written, which is where a frame leaves its maker.
 */
import type { Transport } from '../../../src/wire/transport.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'

/** Who receives at one end. */
export interface Receiver {
  receive(bytes: Uint8Array): void
  transportClosed(reason?: string): void
}

/** Sees every write of one end as it is made. */
export type Tap = (bytes: Uint8Array) => void

/** One end of a pair. */
export class WireEnd implements Transport {
  other: WireEnd | null = null
  receiver: Receiver | null = null
  tap: Tap | null = null
  readonly #scheduler: Scheduler
  readonly #random: Random
  #closing = false
  /** Nothing that is sent from here arrives before. */
  #stalledUntil = 0
  #ended = false
  #inFlight = 0
  /** Arrival of the last chunk sent from here: nothing overtakes. */
  #lastArrival = 0

  constructor(scheduler: Scheduler, random: Random) {
    this.#scheduler = scheduler
    this.#random = random
  }

  write(bytes: Uint8Array): boolean {
    if (this.#closing) return true
    this.tap?.(bytes)
    const cut = bytes.length > 1 && this.#random.percent(25) ? this.#random.between(1, bytes.length - 1) : 0
    if (cut > 0) this.#send(bytes.subarray(0, cut))
    this.#send(bytes.subarray(cut))
    return true
  }

  bufferedBytes(): number {
    return this.#inFlight
  }

  close(): void {
    if (this.#closing) return
    this.#closing = true
    const arrival = this.#arrival()
    this.#scheduler.after(arrival, () => this.other?.ended('the connection was closed'))
    this.#scheduler.after(arrival, () => this.ended('the connection was closed'))
  }

  /** Whether the stream still lasts, as far as this end knows. */
  get isOpen(): boolean {
    return !this.#ended
  }

  /** Nothing that is sent from now on, in either direction, arrives for so long. */
  stall(forMs: number): void {
    for (const end of [this, this.other])
      if (end !== null) end.#stalledUntil = Math.max(end.#stalledUntil, this.#scheduler.now + forMs)
  }

  /**
   * The process at this end is gone: what it had written may arrive or not, then the other side sees the end. True
   * when something under way was lost.
   */
  die(): boolean {
    this.receiver = null
    this.#closing = true
    this.#ended = true
    const lost = this.#random.percent(50)
    const { other } = this
    const isLoss = (other !== null && other.#inFlight > 0) || (lost && this.#inFlight > 0)
    if (lost && other !== null) other.ended('the connection was reset')
    else this.#scheduler.after(this.#arrival(), () => other?.ended('the connection was closed'))
    return isLoss
  }

  /** The connection breaks for both: what was under way is lost. */
  reset(): void {
    const { other } = this
    this.ended('the connection was reset')
    other?.ended('the connection was reset')
  }

  /** The stream is over for whoever receives here. Only the first time counts. */
  ended(reason: string): void {
    if (this.#ended) return
    this.#ended = true
    this.#closing = true
    this.receiver?.transportClosed(reason)
    this.other?.close()
  }

  #send(chunk: Uint8Array): void {
    const copy = chunk.slice()
    this.#inFlight += copy.length
    this.#scheduler.after(this.#arrival(), () => {
      this.#inFlight -= copy.length
      this.other?.arrive(copy)
    })
  }

  arrive(bytes: Uint8Array): void {
    if (!this.#ended) this.receiver?.receive(bytes)
  }

  #arrival(): number {
    const delay = this.#random.percent(90) ? this.#random.below(3) : this.#random.below(40)
    this.#lastArrival = Math.max(this.#lastArrival, this.#scheduler.now + delay, this.#stalledUntil)
    return this.#lastArrival - this.#scheduler.now
  }
}

/** Two connected ends. */
export function wirePair(scheduler: Scheduler, random: Random): readonly [WireEnd, WireEnd] {
  const [left, right] = [new WireEnd(scheduler, random), new WireEnd(scheduler, random)]
  left.other = right
  right.other = left
  return [left, right]
}
