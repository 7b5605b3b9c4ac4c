/** Synchronous work, counted: for what is too short to time one by one. */
import type { Slice } from './contest.ts'

const warmUpShare = 0.25

/**
 * Repeats `work`, which returns how many operations it did, for about `sliceMs`. One piece of work should take
 * well under a slice and well over a microsecond.
 */
export function tightLoop(work: () => number, sliceMs: number): Slice {
  repeat(work, sliceMs * warmUpShare)
  const { count, elapsedMs } = repeat(work, sliceMs)
  return { perSecond: (count / elapsedMs) * 1000, p50Us: null, p99Us: null }
}

function repeat(work: () => number, forMs: number): { readonly count: number; readonly elapsedMs: number } {
  const startedAt = performance.now()
  let count = 0
  let now = startedAt
  while (now - startedAt < forMs) {
    count += work()
    now = performance.now()
  }
  return { count, elapsedMs: now - startedAt }
}
