/**
 * Keeps a talkative server from being heard by everybody: so many at once, so many a second, and of what is
 * too much either the latest waits or it is dropped and counted.
 */

/** Bounds of a throttle. */
export interface ThrottleLimits {
  /** How many may come at once. */
  readonly burst: number
  readonly perSecond: number
  /** How many different things may wait for their turn. */
  readonly maxWaiting: number
}

/** Lets through what `limits` allow. Holds a timer only while something waits. */
export class Throttle {
  readonly #limits: ThrottleLimits
  readonly #waiting = new Map<string, () => void>()
  #tokens: number
  #since: number
  #timer: NodeJS.Timeout | null = null
  #dropped = 0

  constructor(limits: ThrottleLimits) {
    this.#limits = limits
    this.#tokens = limits.burst
    this.#since = performance.now()
  }

  /** How many were dropped for want of room. Those that a later one replaced do not count. */
  get dropped(): number {
    return this.#dropped
  }

  /** Runs `run` now or in its turn; of several that wait under one key only the latest runs. */
  offer(key: string, run: () => void): void {
    this.#refill()
    if (this.#waiting.size === 0 && this.#tokens >= 1) {
      this.#tokens--
      return run()
    }
    if (!this.#waiting.has(key) && this.#waiting.size >= this.#limits.maxWaiting) {
      this.#dropped++
      return
    }
    this.#waiting.set(key, run)
    this.#schedule()
  }

  /** Runs what waits, out of turn, and holds no timer any more. */
  flush(): void {
    const waiting = [...this.#waiting.values()]
    this.stop()
    for (const run of waiting) run()
  }

  /** Forgets what waits. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#waiting.clear()
  }

  #refill(): void {
    const now = performance.now()
    const earned = ((now - this.#since) / 1000) * this.#limits.perSecond
    this.#tokens = Math.min(this.#limits.burst, this.#tokens + earned)
    this.#since = now
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => this.#drain(), Math.ceil(1000 / this.#limits.perSecond))
  }

  #drain(): void {
    this.#timer = null
    this.#refill()
    for (const [key, run] of this.#waiting) {
      if (this.#tokens < 1) break
      this.#tokens--
      this.#waiting.delete(key)
      run()
    }
    if (this.#waiting.size > 0) this.#schedule()
  }
}
