/**
 * Tells an unfinished write from damage. A write is one batch into bytes that were zero, in sectors that
 * each arrive whole or not at all; or, when the writer is killed, a prefix of it. So at the very end of the
 * ledger, bytes that do not verify are an unfinished write only if some of what the frame promises is still
 * missing and nothing that is there contradicts it. Where history follows they are damage; where none does,
 * they were once written whole, perhaps acknowledged, and are doubtful: only an operator may give them up.
 */
import { sha256 } from '../base/hash.ts'
import { batchMagic, readFrame, statedLength } from './batch.ts'
import {
  batchBytesLimit,
  batchHeaderBytes,
  formatVersion,
  hashBytes,
  sectorBytes,
  segmentHeaderBytes,
} from './format.ts'
import { isZero, lastNonZero } from './record.ts'
import { segmentMagic } from './segment-header.ts'
import { readU64, writeU64 } from './u64.ts'

/** What an unfinished write at `start` would have begun with. */
export interface ExpectedWrite {
  /** Offset in the segment. At 0 the write would have begun with a segment header. */
  readonly start: number
  readonly firstSeq: number
  readonly previous: Uint8Array
}

/** What the end of a ledger turned out to be; `why` says what contradicts an unfinished write. */
export type Tail =
  | { readonly is: 'unfinished' }
  | { readonly is: 'doubtful' | 'damaged'; readonly why: string }

/** What the bytes from `expected.start` on are, which do not verify. */
export function judgeTail(segment: Buffer, expected: ExpectedWrite): Tail {
  if (holdsFrame(segment, expected))
    return { is: 'damaged', why: 'a whole batch stands after bytes that are not one' }
  const why = contradiction(segment, expected)
  return why === null ? { is: 'unfinished' } : { is: 'doubtful', why }
}

function contradiction(segment: Buffer, expected: ExpectedWrite): string | null {
  const { start } = expected
  const end = lastNonZero(segment, start, segment.length)
  if (isZero(segment, start, start + sectorBytes)) return missingFirstSector(end - start)
  if (start === 0) return headerContradiction(segment, end)
  return frameContradiction(segment.subarray(start), end - start, expected)
}

/** With this much of its hash there a batch is known to be whole: no flip of bits brings it about. */
const provingBytes = 16

/** Bytes that complete the hash of the last batch of a segment. */
export interface HashEnd {
  readonly offset: number
  readonly bytes: Buffer
}

/**
 * What is missing of the batch at `expected.start` when all of it is there but the end of its hash; otherwise
 * null. Such a batch may have been acknowledged, if what is missing was lost, so it is completed, never cut.
 */
export function missingHashEnd(
  segment: Buffer,
  { start, firstSeq, previous }: ExpectedWrite,
): HashEnd | null {
  const length = statedLength(segment, start)
  if (length === null || start + length > segment.length) return null
  if (
    readU64(segment, start + 16) !== firstSeq ||
    segment.compare(previous, 0, 32, start + 32, start + 64) !== 0
  )
    return null
  const at = start + length - hashBytes
  const hash = Buffer.from(sha256(segment.subarray(start, at)))
  const end = lastNonZero(segment, at, segment.length)
  const isCut = end >= at + provingBytes && end < at + hashBytes && !differs(segment, hash, at, end)
  return isCut ? { offset: end, bytes: hash.subarray(end - at) } : null
}

/** A whole batch after the first sector; the one that went out with a segment header does not count. */
function holdsFrame(segment: Buffer, expected: ExpectedWrite): boolean {
  for (let at = expected.start + sectorBytes; at < segment.length; at += sectorBytes) {
    const frame = readFrame(segment, at)
    const isSameWrite = at === segmentHeaderBytes && frame?.firstSeq === expected.firstSeq
    if (frame !== null && !isSameWrite) return true
  }
  return false
}

function missingFirstSector(extent: number): string | null {
  return extent > batchBytesLimit + segmentHeaderBytes ? 'bytes stand where nothing was written yet' : null
}

/** The header is one sector: it was cut off and nothing follows, or it is whole and its batch is missing. */
function headerContradiction(segment: Buffer, end: number): string | null {
  const versions = Buffer.alloc(4)
  const isKnown = [1, formatVersion].some((version) => {
    versions.writeUInt32LE(version)
    return !differs(segment, versions, segmentMagic.length, end)
  })
  if (!isKnown || differs(segment, segmentMagic, 0, end))
    return 'a segment does not begin with a segment header'
  if (end <= segmentHeaderBytes - hashBytes || cutInsideHash(segment, segmentHeaderBytes, end)) return null
  return 'a segment header does not match its hash'
}

function frameContradiction(bytes: Buffer, end: number, expected: ExpectedWrite): string | null {
  const known = Buffer.alloc(batchHeaderBytes - 16)
  writeU64(known, expected.firstSeq, 0)
  known.set(expected.previous, 16)
  if (differs(bytes, batchMagic, 0, end) || differs(bytes, known, 16, end)) {
    return 'bytes after the last batch do not begin one that would continue it'
  }
  if (end < batchHeaderBytes) return null
  const length = statedLength(bytes, 0)
  if (length === null || length > bytes.length) return 'a batch states an impossible length'
  if (end > length) return 'bytes stand after the end of a batch that does not match its hash'
  if (end <= length - hashBytes || lacksSector(bytes, length)) return null
  return cutInsideHash(bytes, length, end) ? null : 'a batch is there in full but does not match its hash'
}

/** True when `bytes` at `at` is neither `known` nor a prefix of it that stops at `end`. */
function differs(bytes: Buffer, known: Buffer, at: number, end: number): boolean {
  const stop = Math.min(end, at + known.length)
  return stop > at && bytes.compare(known, 0, stop - at, at, stop) !== 0
}

function lacksSector(bytes: Buffer, length: number): boolean {
  for (let at = 0; at < length; at += sectorBytes) if (isZero(bytes, at, at + sectorBytes)) return true
  return false
}

function cutInsideHash(bytes: Buffer, length: number, end: number): boolean {
  const hash = Buffer.from(sha256(bytes.subarray(0, length - hashBytes)))
  return !differs(bytes, hash, length - hashBytes, end)
}
