/**
 * Builds the index file of a sealed segment from one pass over its bytes. That every batch continues the one before
 * it, and the next segment the last, is checked against the chain values as they are written; nothing is hashed
 * again. Hashing would cost more than all of the rest, and whoever reads an event that was found here hashes it.
 */
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { statedLength } from '../batch.ts'
import { hashBytes, segmentHeaderBytes, segmentName } from '../format.ts'
import type { LedgerProblem } from '../problem.ts'
import { problem } from '../problem.ts'
import type { ReadableDisk } from '../readable-disk.ts'
import { readWholeInto } from '../readable-disk.ts'
import { encodeIndex } from './encode-index.ts'
import type { SegmentFacts } from './segment-facts.ts'
import type { ProcessOfEarlier } from './segment-postings.ts'
import { SegmentPostings } from './segment-postings.ts'

/** Nothing that is built points into it. */
const space = { bytes: Buffer.alloc(0) }

/** The bytes of the index file of segment `facts`, which `next` continues. */
export function buildIndex(
  disk: ReadableDisk,
  facts: SegmentFacts,
  next: SegmentFacts,
  earlier: ProcessOfEarlier,
): Result<Buffer, LedgerProblem> {
  const name = segmentName(facts.ordinal)
  const bytes = readWholeInto(disk, name, space)
  if (bytes === null) return err(problem('damaged', name, 0, 'this segment is missing'))
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const count = next.firstSeq - facts.firstSeq
  const postings = new SegmentPostings(facts.firstSeq, Math.max(0, count), earlier)
  let [at, chain] = [segmentHeaderBytes, facts.headerHash]
  const damaged = (message: string) => err(problem('damaged', name, at, message))
  while (postings.count < count) {
    const length = statedLength(bytes, at)
    if (length === null || length > bytes.length - at) return damaged('a batch is missing or damaged')
    if (chain.compare(bytes, at + 32, at + 64) !== 0) return damaged('a batch does not continue the chain')
    const added = postings.add(bytes, view, at, length, at)
    if (!added.ok) return damaged(added.error)
    at += length
    chain = bytes.subarray(at - hashBytes, at)
  }
  if (postings.count !== count || !chain.equals(next.previous))
    return damaged('the next segment does not continue this one')
  return ok(encodeIndex(postings, { ...facts, count, endHash: next.previous }))
}
