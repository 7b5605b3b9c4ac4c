/**
 * A rate kept by waiting. Tokens drip in steadily up to the burst; whoever takes more than there are is let on once
 * the debt is paid, in the order of asking, because the debt is booked at once.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { RateLimit } from './egress-limits.ts'

/** One bucket, shared by everything that counts towards one rate. */
export interface TokenBucket {
  /** Takes `amount` if it is there; false leaves the bucket as it was. */
  tryTake(amount: number): boolean
  /** Takes `amount` and resolves when the rate allows it; rejects when `signal` aborts first. */
  take(amount: number, signal: AbortSignal): Promise<void>
}

/** Builds a full bucket. `nowMs` is a clock that never goes back. */
export function tokenBucket(rate: RateLimit, nowMs: () => number = () => performance.now()): TokenBucket {
  let tokens = rate.burst
  let at = nowMs()
  const refill = (): void => {
    const now = nowMs()
    tokens = Math.min(rate.burst, tokens + ((now - at) / 1000) * rate.perSecond)
    at = now
  }
  return {
    tryTake(amount) {
      refill()
      if (tokens < amount) return false
      tokens -= amount
      return true
    },
    async take(amount, signal) {
      refill()
      tokens -= amount
      if (tokens < 0) await sleep((-tokens / rate.perSecond) * 1000, undefined, { signal })
    },
  }
}
