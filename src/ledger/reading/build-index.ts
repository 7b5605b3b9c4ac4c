/**
 * Builds the index file of a sealed segment from one pass over its bytes. That every batch continues the one before
 * it, and the next segment the last, is checked against the chain values as they are written; nothing is hashed
 * again. Hashing would cost more than all of the rest, and whoever reads an event that was found here hashes it.
 */
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { hashBytes, segmentName } from '../format.ts'
import type { LedgerProblem } from '../problem.ts'
import { problem } from '../problem.ts'
import type { ReadableDisk } from '../readable-disk.ts'
import { encodeIndex } from './encode-index.ts'
import { FrameWindow } from './frame-window.ts'
import type { SegmentFacts } from './segment-facts.ts'
import type { ProcessOfEarlier } from './segment-postings.ts'
import { SegmentPostings } from './segment-postings.ts'

/** The bytes of the index file of segment `facts`, which `next` continues. */
export function buildIndex(
  disk: ReadableDisk,
  facts: SegmentFacts,
  next: SegmentFacts,
  earlier: ProcessOfEarlier,
): Result<Buffer, LedgerProblem> {
  const name = segmentName(facts.ordinal)
  const file = disk.open(name)
  if (file === null) return err(problem('damaged', name, 0, 'this segment is missing'))
  try {
    const count = next.firstSeq - facts.firstSeq
    const postings = new SegmentPostings(facts.firstSeq, Math.max(0, count), 'sorted', earlier)
    const batches = new FrameWindow(file)
    const wrong = addAll(batches, postings, facts.headerHash, { count, endHash: next.previous })
    if (wrong !== null) return err(problem('damaged', name, batches.offset, wrong))
    return ok(encodeIndex(postings, { ...facts, count, endHash: next.previous }))
  } finally {
    file.close()
  }
}

/** Adds every batch. Returns what is wrong with one, or null. */
function addAll(
  batches: FrameWindow,
  postings: SegmentPostings,
  headerHash: Buffer,
  until: { readonly count: number; readonly endHash: Buffer },
): string | null {
  const chain = Buffer.from(headerHash)
  while (postings.count < until.count) {
    if (!batches.next()) return 'a batch is missing or damaged'
    const { bytes, view, at, length, offset } = batches
    if (chain.compare(bytes, at + 32, at + 64) !== 0) return 'a batch does not continue the chain'
    const added = postings.add(bytes, view, at, length, offset)
    if (!added.ok) return added.error
    bytes.copy(chain, 0, at + length - hashBytes, at + length)
  }
  const isWhole = postings.count === until.count && chain.equals(until.endHash)
  return isWhole ? null : 'the next segment does not continue this one'
}
