/**
 * One whole segment out of two copies that differ. Every batch is taken from whichever copy has it whole, so
 * damage to one copy, or to both in different batches, costs nothing. What is whole in both and differs is two
 * histories, and nobody but an operator can choose between them.
 */
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { BatchFrame } from '../batch.ts'
import { readFrame } from '../batch.ts'
import { segmentBytesMax, segmentBytesMin, segmentHeaderBytes } from '../format.ts'
import { isZero } from '../record.ts'
import { readSegmentHeader } from '../segment-header.ts'
import { judgeTail } from '../unfinished.ts'

/** What is known of a segment from beside it. */
export interface SegmentPlace {
  readonly ordinal: number
  /** Length of the segment before it, or 0: what one that nothing was written to has. */
  readonly usualBytes: number
}

/** The segment as it should be, or why that cannot be known. */
export function healSegment(
  first: Buffer | null,
  second: Buffer | null,
  place: SegmentPlace,
): Result<Buffer, string> {
  const copies = [first, second].filter((copy) => copy !== null)
  const headers = copies.flatMap((copy) => {
    const read = readSegmentHeader(copy)
    if (typeof read === 'string' || read.header.ordinal !== place.ordinal) return []
    return [{ ...read, sector: copy.subarray(0, segmentHeaderBytes) }]
  })
  const [header, another] = headers
  if (header === undefined) return ok(withoutHeader(copies, place))
  if (another !== undefined && !another.hash.equals(header.hash))
    return err('the two copies begin differently, and both are whole')
  const length = header.header.segmentBytes
  if (length < segmentBytesMin || length > segmentBytesMax)
    return err('a segment header states an impossible length')
  const whole = Buffer.alloc(length)
  header.sector.copy(whole)
  const sized = copies.map((copy) => resized(copy, length))
  return fill(whole, sized, Buffer.from(header.hash), header.header.firstSeq)
}

/** A segment that nothing was written to is zero; what one copy alone has of a first write goes by its own rules. */
function withoutHeader(copies: readonly Buffer[], { usualBytes }: SegmentPlace): Buffer {
  const empty = copies.filter((copy) => isZero(copy, 0, copy.length))
  const candidates = empty.length > 0 ? empty : copies
  const usual = candidates.find((copy) => copy.length === usualBytes)
  const longest = candidates.reduce(
    (best, copy) => (copy.length > best.length ? copy : best),
    Buffer.alloc(0),
  )
  return Buffer.from(usual ?? longest)
}

function resized(copy: Buffer, length: number): Buffer {
  if (copy.length === length) return copy
  const buffer = Buffer.alloc(length)
  copy.copy(buffer, 0, 0, length)
  return buffer
}

function fill(
  whole: Buffer,
  copies: readonly Buffer[],
  headerHash: Buffer,
  firstSeq: number,
): Result<Buffer, string> {
  let at = segmentHeaderBytes
  let previous = headerHash
  let nextSeq = firstSeq
  while (at < whole.length) {
    const frames = copies.flatMap((copy) => frameAt(copy, at, previous, nextSeq) ?? [])
    const [frame, another] = frames
    if (frame === undefined) break
    if (another !== undefined && !another.hash.equals(frame.hash))
      return err(`the two copies hold different histories from event ${nextSeq} on, and both are whole`)
    frame.bytes.copy(whole, at)
    at += frame.length
    previous = Buffer.from(frame.hash)
    nextSeq += frame.count
  }
  const tail = tailOf(copies, { start: at, firstSeq: nextSeq, previous })
  tail?.copy(whole, at, at)
  return ok(whole)
}

function frameAt(copy: Buffer, at: number, previous: Buffer, nextSeq: number): BatchFrame | null {
  const frame = readFrame(copy, at)
  return frame !== null && frame.firstSeq === nextSeq && frame.previous.equals(previous) ? frame : null
}

/**
 * The copy whose rest stands, or null for zeros. A write goes to both copies before it is acknowledged: where
 * one has nothing of it, or provably not all, it was not.
 */
function tailOf(copies: readonly Buffer[], expected: Parameters<typeof judgeTail>[1]): Buffer | null {
  if (copies.some((copy) => isZero(copy, expected.start, copy.length))) return null
  return copies.find((copy) => judgeTail(copy, expected).is === 'unfinished') ?? copies[0] ?? null
}
