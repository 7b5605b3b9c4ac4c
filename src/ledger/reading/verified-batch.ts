/**
 * Single batches read where an index says that they stand. An index only says where: each batch is hashed before
 * anything of it is used, and must be the one that was looked for.
 */
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { BatchFrame } from '../batch.ts'
import { readFrame, statedLength } from '../batch.ts'
import { batchHeaderBytes, hashBytes, recordHeaderBytes, segmentName } from '../format.ts'
import type { LedgerProblem } from '../problem.ts'
import { problem } from '../problem.ts'
import type { ReadableDisk } from '../readable-disk.ts'
import { bufferOf } from '../readable-disk.ts'
import type { LedgerRecord } from '../record.ts'
import { readRecord } from '../record.ts'
import { readU64 } from '../u64.ts'
import { recordFields } from './dimension.ts'

/** The batch at `offset` of segment `ordinal`, which must hold event `seq`. */
export function readBatchAt(
  disk: ReadableDisk,
  ordinal: number,
  offset: number,
  seq: number,
): Result<BatchFrame, LedgerProblem> {
  const name = segmentName(ordinal)
  const file = disk.open(name)
  if (file === null) return err(problem('damaged', name, 0, 'this segment is missing'))
  try {
    const length = statedLength(bufferOf(file.read(offset, batchHeaderBytes)), 0)
    const frame = length === null ? null : readFrame(bufferOf(file.read(offset, length)), 0)
    if (frame === null) return err(problem('damaged', name, offset, 'a batch does not match its hash'))
    if (seq >= frame.firstSeq && seq < frame.firstSeq + frame.count) return ok(frame)
    return err(problem('damaged', name, offset, `this batch does not hold event ${seq}`))
  } finally {
    file.close()
  }
}

/** The record of event `seq` in a batch that holds it. The error says what is wrong with it. */
export function recordIn(frame: BatchFrame, seq: number): Result<LedgerRecord, string> {
  const end = frame.length - hashBytes
  let at = batchHeaderBytes
  for (let next = frame.firstSeq; next < seq; next++) {
    const length = end - at < recordHeaderBytes ? 0 : frame.bytes.readUInt32LE(at + recordFields.length)
    if (length < recordHeaderBytes) return err('a record length is impossible')
    at += length
  }
  return readRecord(frame.bytes, at, end, seq)
}

/** The first event of a batch that is not before `at`, or the position after the batch. */
export function firstNotBefore(frame: BatchFrame, at: number): number {
  const end = frame.length - hashBytes
  let record = batchHeaderBytes
  for (let seq = frame.firstSeq; seq < frame.firstSeq + frame.count; seq++) {
    if (end - record < recordHeaderBytes || readU64(frame.bytes, record + recordFields.at) >= at) return seq
    record += Math.max(recordHeaderBytes, frame.bytes.readUInt32LE(record + recordFields.length))
  }
  return frame.firstSeq + frame.count
}
