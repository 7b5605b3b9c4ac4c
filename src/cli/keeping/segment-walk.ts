/**
 * Goes through the batches of one segment by their frames alone: hashes and chain are checked, records are not
 * decoded. That is enough to know that a copy is the very history it is a copy of.
 */
import { readFrame } from '../../ledger/batch.ts'
import { segmentHeaderBytes, segmentName } from '../../ledger/format.ts'
import type { ReadableDisk } from '../../ledger/readable-disk.ts'
import { segmentOrdinals, readWhole } from '../../ledger/readable-disk.ts'
import { isZero } from '../../ledger/record.ts'
import { readSegmentHeader } from '../../ledger/segment-header.ts'
import { headerAt } from '../../ledger/keeping/scan-start.ts'

/** Where a batch ends. */
export interface BatchEnd {
  /** Its last event. */
  readonly seq: number
  /** Chain value after it, in hex. */
  readonly hash: string
  /** Offset of the byte after it. */
  readonly end: number
}

/** The ends of the batches of a segment, in order, as long as each continues the one before it. */
export function* batchEnds(bytes: Buffer): Generator<BatchEnd> {
  const read = readSegmentHeader(bytes)
  if (typeof read === 'string') return
  let { hash } = read
  let { firstSeq } = read.header
  for (let at = segmentHeaderBytes; at < bytes.length;) {
    const frame = readFrame(bytes, at)
    if (frame === null || !frame.previous.equals(hash) || frame.firstSeq !== firstSeq) return
    at += frame.length
    firstSeq += frame.count
    hash = frame.hash
    yield { seq: firstSeq - 1, hash: hash.toString('hex'), end: at }
  }
}

/** The last batch of a segment that ends with event `seq` at the latest, or null. */
export function batchEndAt(bytes: Buffer, seq: number): BatchEnd | null {
  let last: BatchEnd | null = null
  for (const end of batchEnds(bytes)) {
    if (end.seq > seq) break
    last = end
  }
  return last
}

/** True when the batches of a segment reach the chain value `hash`, and nothing but zeros comes after them. */
export function reaches(bytes: Buffer, hash: string): boolean {
  const last = batchEndAt(bytes, Infinity)
  return last?.hash === hash && isZero(bytes, last.end, bytes.length)
}

/** The chain value after event `seq` of a ledger, in hex; null where no batch ends there. */
export function chainAt(disk: ReadableDisk, seq: number): string | null {
  for (const ordinal of segmentOrdinals(disk).toReversed()) {
    const header = headerAt(disk, ordinal)
    if (header === null || header.firstSeq > seq) continue
    const bytes = readWhole(disk, segmentName(ordinal))
    const end = bytes === null ? null : batchEndAt(bytes, seq)
    return end?.seq === seq ? end.hash : null
  }
  return null
}
