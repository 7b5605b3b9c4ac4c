/** Synchronous work in pieces that are timed one by one, so that being put aside for a while spoils only some. */
import type { Slice } from './contest.ts'
import { median, quantile } from './statistics.ts'

const warmUpShare = 0.25

/**
 * Repeats `work`, which returns how many operations it did, for about `sliceMs`. The latencies are those of one
 * operation within a piece. A piece should take well under a millisecond and well over a microsecond.
 */
export function pieceByPiece(work: () => number, sliceMs: number): Slice {
  repeat(work, sliceMs * warmUpShare)
  const eachUs = repeat(work, sliceMs)
  return { perSecond: null, p50Us: median(eachUs), p99Us: quantile(eachUs, 0.99) }
}

function repeat(work: () => number, forMs: number): readonly number[] {
  const eachUs: number[] = []
  const endsAt = performance.now() + forMs
  for (let now = performance.now(); now < endsAt;) {
    const startedAt = now
    const count = work()
    now = performance.now()
    eachUs.push(((now - startedAt) * 1_000) / count)
  }
  return eachUs
}
