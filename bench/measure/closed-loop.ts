/**
 * Load by a fixed number of callers, each of which asks again as soon as it was answered: how many calls pass,
 * and how long each caller waited.
 */
import type { Slice } from './contest.ts'
import { quantile } from './statistics.ts'

/** Part of a slice that is spent warming up first, without being counted. */
const warmUpShare = 0.25

/** Keeps `inFlight` calls under way for about `sliceMs`. Rejects with the first call that rejects. */
export async function closedLoop(
  call: () => Promise<void>,
  inFlight: number,
  sliceMs: number,
): Promise<Slice> {
  await drive(call, inFlight, sliceMs * warmUpShare)
  const startedAt = performance.now()
  const waitedMs = await drive(call, inFlight, sliceMs)
  const elapsedMs = performance.now() - startedAt
  return {
    perSecond: (waitedMs.length / elapsedMs) * 1000,
    p50Us: quantile(waitedMs, 0.5) * 1000,
    p99Us: quantile(waitedMs, 0.99) * 1000,
  }
}

async function drive(call: () => Promise<void>, inFlight: number, forMs: number): Promise<readonly number[]> {
  const waitedMs: number[] = []
  const until = performance.now() + forMs
  const caller = async (): Promise<void> => {
    let now = performance.now()
    do {
      const askedAt = now
      await call()
      now = performance.now()
      waitedMs.push(now - askedAt)
    } while (now < until)
  }
  await Promise.all(Array.from({ length: inFlight }, caller))
  return waitedMs
}
