/**
 * One batch as bytes: what a group commit writes. The frame carries the chain value before it and ends in
 * the chain value after it, which is the SHA-256 of everything else in the frame. Frames are whole sectors,
 * and their length is stated twice, so that a damaged length is not mistaken for an unfinished write.
 */
import { invariant } from '../base/fault.ts'
import { sha256 } from '../base/hash.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import { batchBytesLimit, batchHeaderBytes, hashBytes, roundUp, sectorBytes } from './format.ts'
import type { LedgerRecord } from './record.ts'
import { isZero, readRecordOf } from './record.ts'
import { readU64, writeU64 } from './u64.ts'
import { viewOf } from './write-buffer.ts'

/** First bytes of every batch frame. */
export const batchMagic: Buffer = Buffer.from('CBAT', 'latin1')

/** The fixed part of a frame that hashes to its own chain value. */
export interface BatchFrame {
  readonly firstSeq: number
  readonly count: number
  /** Bytes of the whole frame. */
  readonly length: number
  /** Chain value before this batch, 32 bytes. */
  readonly previous: Buffer
  /** Chain value after this batch, 32 bytes. */
  readonly hash: Buffer
  /** The whole frame. */
  readonly bytes: Buffer
}

/** Length of the frame that holds `recordBytes` bytes of records. */
export function frameLength(recordBytes: number): number {
  return roundUp(batchHeaderBytes + recordBytes + hashBytes, sectorBytes)
}

/**
 * Completes the frame at `at`, whose records already stand at `at + batchHeaderBytes` up to `recordsEnd`.
 * Returns the chain value after it.
 */
export function sealBatch(
  buffer: Buffer,
  at: number,
  recordsEnd: number,
  batch: { readonly firstSeq: number; readonly count: number; readonly previous: Uint8Array },
): Buffer {
  const length = frameLength(recordsEnd - at - batchHeaderBytes)
  invariant(length <= batchBytesLimit && batch.count > 0, 'a batch has at least one event and at most 8 MiB')
  batchMagic.copy(buffer, at)
  buffer.writeUInt32LE(length, at + 4)
  buffer.writeUInt32LE(~length >>> 0, at + 8)
  buffer.writeUInt32LE(batch.count, at + 12)
  writeU64(buffer, batch.firstSeq, at + 16)
  buffer.fill(0, at + 24, at + 32)
  buffer.set(batch.previous, at + 32)
  buffer.fill(0, recordsEnd, at + length)
  const hash = Buffer.from(sha256(buffer.subarray(at, at + length - hashBytes)))
  hash.copy(buffer, at + length - hashBytes)
  return hash
}

/** Length of the frame whose header starts at `at`, or null when that is not the start of a frame. */
export function statedLength(buffer: Buffer, at: number): number | null {
  if (buffer.length - at < batchHeaderBytes || buffer.compare(batchMagic, 0, 4, at, at + 4) !== 0) return null
  const length = buffer.readUInt32LE(at + 4)
  if (buffer.readUInt32LE(at + 8) !== ~length >>> 0) return null
  return length % sectorBytes === 0 && length > 0 && length <= batchBytesLimit ? length : null
}

/**
 * The frame at `at`, if one stands there that hashes to its own chain value. Says nothing yet of what it
 * follows, and does not look at its records. Shares memory with `buffer`.
 */
export function readFrame(buffer: Buffer, at: number): BatchFrame | null {
  const length = statedLength(buffer, at)
  if (length === null || length > buffer.length - at) return null
  const bytes = buffer.subarray(at, at + length)
  const hash = bytes.subarray(length - hashBytes)
  if (!hash.equals(sha256(bytes.subarray(0, length - hashBytes)))) return null
  const previous = bytes.subarray(32, 64)
  return { firstSeq: readU64(bytes, 16), count: bytes.readUInt32LE(12), length, previous, hash, bytes }
}

/** The records of a frame, decoded strictly. The error says which one is wrong, and how. */
export function readRecords(frame: BatchFrame): Result<readonly LedgerRecord[], string> {
  const records: LedgerRecord[] = []
  const wrong = readEach(frame, (record) => {
    records.push(record)
    return null
  })
  return wrong === null ? ok(records) : err(wrong)
}

/**
 * Gives the records of a frame to `take` one by one, so that none need stay in memory, until that or a record
 * that is wrong ends it. Returns what is wrong, or null.
 */
export function readEach(frame: BatchFrame, take: (record: LedgerRecord) => string | null): string | null {
  const { bytes, firstSeq, count } = frame
  const end = frame.length - hashBytes
  if (!isZero(bytes, 24, 32)) return 'reserved bytes of a batch header are not zero'
  if (count === 0) return 'a batch holds no event'
  const source = { bytes, view: viewOf(bytes), end }
  let at = batchHeaderBytes
  for (let seq = firstSeq; seq < firstSeq + count; seq++) {
    const record = readRecordOf(source, at, seq)
    if (typeof record === 'string') return `event ${seq}: ${record}`
    const wrong = take(record)
    if (wrong !== null) return `event ${seq}: ${wrong}`
    at += source.view.getUint32(at, true)
  }
  return end - at < sectorBytes && isZero(bytes, at, end) ? null : 'bytes after the last record of a batch'
}
