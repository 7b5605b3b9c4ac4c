/**
 * Reads a ledger that another process may be writing to. It takes no lock and writes nothing. It trusts no
 * byte that does not hash, and treats a batch at the very end that does not hash yet as not written yet;
 * the same bytes with history after them are damage.
 */
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import type { BatchFrame } from './batch.ts'
import { readFrame, readRecords, statedLength } from './batch.ts'
import { batchHeaderBytes, segmentHeaderBytes, segmentName } from './format.ts'
import { isBegun } from './present-view.ts'
import type { LedgerProblem } from './problem.ts'
import { problem } from './problem.ts'
import type { ReadableDisk, ReadableFile } from './readable-disk.ts'
import { segmentOrdinals } from './readable-disk.ts'
import type { LedgerRecord } from './record.ts'
import { isZero } from './record.ts'
import { readSegmentHeader } from './segment-header.ts'
import { readU64 } from './u64.ts'

/** One batch as a reader sees it. */
export interface ReadBatch {
  readonly records: readonly LedgerRecord[]
  /** Position and chain value (hex) of its end. */
  readonly seq: number
  readonly hash: string
}

/** A place in the chain: where the next batch will stand, and what it must continue. */
interface Cursor {
  ordinal: number
  offset: number
  /** Chain value before the next batch; null before the first segment header was read. */
  previous: Buffer | null
  nextSeq: number
}

/** A reader of the ledger on `disk`. It opens files as it needs them and keeps none open. */
export class LedgerReader {
  readonly #disk: ReadableDisk

  constructor(disk: ReadableDisk) {
    this.#disk = disk
  }

  /** The domain the ledger belongs to, or null while it is empty. */
  domain(): string | null {
    const file = this.#disk.open(segmentName(1))
    if (file === null) return null
    const read = readSegmentHeader(whole(file, 0, segmentHeaderBytes))
    file.close()
    return typeof read === 'string' ? null : read.header.domain
  }

  /** A position from which `next` goes on with the batch that holds event `seq`, or will hold it. */
  from(seq: number): Result<LedgerPosition, LedgerProblem> {
    const cursor = this.#segmentOf(seq)
    if (!cursor.ok) return cursor
    const position = new LedgerPosition(this.#disk, cursor.value)
    return position.skipTo(seq)
  }

  /** The record of event `seq`, or null when it is not written yet. */
  at(seq: number): Result<LedgerRecord | null, LedgerProblem> {
    const position = this.from(seq)
    if (!position.ok) return position
    const batch = position.value.next()
    if (!batch.ok) return batch
    return ok(batch.value?.records.find((record) => record.event.seq === seq) ?? null)
  }

  /**
   * Up to `limit` records from event `seq` on, as of now. Fewer means that the present end was reached.
   */
  range(seq: number, limit: number): Result<readonly LedgerRecord[], LedgerProblem> {
    const position = this.from(seq)
    if (!position.ok) return position
    const records: LedgerRecord[] = []
    while (records.length < limit) {
      const batch = position.value.next()
      if (!batch.ok) return batch
      if (batch.value === null) break
      records.push(...batch.value.records.filter((record) => record.event.seq >= seq))
    }
    return ok(records.slice(0, limit))
  }

  /** The last begun segment whose first event is not after `seq`. */
  #segmentOf(seq: number): Result<Cursor, LedgerProblem> {
    const ordinals = segmentOrdinals(this.#disk)
    for (const ordinal of ordinals.toReversed()) {
      const file = this.#disk.open(segmentName(ordinal))
      if (file === null) continue
      const sector = whole(file, 0, segmentHeaderBytes)
      file.close()
      const read = readSegmentHeader(sector)
      if (read === 'unsupported') {
        return err(problem('unsupported', segmentName(ordinal), 8, 'this format version is not known'))
      }
      if (read === 'not-a-header') {
        if (isZero(sector, 0, sector.length) || ordinal === ordinals.at(-1)) continue
        if (!isBegun(this.#disk, ordinal + 1)) continue
        return err(
          problem('damaged', segmentName(ordinal), 0, 'a segment does not begin with a segment header'),
        )
      }
      const { firstSeq, previous } = read.header
      if (firstSeq > seq) continue
      return ok({
        ordinal,
        offset: 0,
        previous: ordinal === 1 ? null : Buffer.from(previous),
        nextSeq: firstSeq,
      })
    }
    return ok({ ordinal: 1, offset: 0, previous: null, nextSeq: 1 })
  }
}

/** A place in a ledger, moved forward batch by batch. Keep it to follow a ledger that grows. */
export class LedgerPosition {
  readonly #disk: ReadableDisk
  readonly #cursor: Cursor
  /** The next batch, where it was read already: what hashes does not change any more. */
  #peeked: BatchFrame | null = null

  constructor(disk: ReadableDisk, cursor: Cursor) {
    this.#disk = disk
    this.#cursor = cursor
  }

  /** Moves on to the batch that holds event `seq` without decoding those before it. */
  skipTo(seq: number): Result<LedgerPosition, LedgerProblem> {
    for (;;) {
      const frame = this.#peek()
      if (!frame.ok) return frame
      if (frame.value === null || frame.value.firstSeq + frame.value.count > seq) return ok(this)
      this.#pass(frame.value)
    }
  }

  /** The next batch, or null when there is none yet. */
  next(): Result<ReadBatch | null, LedgerProblem> {
    const frame = this.#peek()
    if (!frame.ok) return frame
    if (frame.value === null) return ok(null)
    const records = readRecords(frame.value)
    if (!records.ok) return this.#damaged(records.error)
    this.#pass(frame.value)
    return ok({
      records: records.value,
      seq: this.#cursor.nextSeq - 1,
      hash: frame.value.hash.toString('hex'),
    })
  }

  /** The next batch with its records undecoded, for what needs their bytes alone; or null when there is none yet. */
  nextFrame(): Result<BatchFrame | null, LedgerProblem> {
    const frame = this.#peek()
    if (frame.ok && frame.value !== null) this.#pass(frame.value)
    return frame
  }

  #pass(frame: BatchFrame): void {
    this.#peeked = null
    this.#cursor.offset += frame.length
    this.#cursor.nextSeq += frame.count
    this.#cursor.previous = Buffer.from(frame.hash)
  }

  #damaged(message: string): Result<never, LedgerProblem> {
    return err(problem('damaged', segmentName(this.#cursor.ordinal), this.#cursor.offset, message))
  }

  #peek(): Result<BatchFrame | null, LedgerProblem> {
    if (this.#peeked !== null) return ok(this.#peeked)
    for (;;) {
      const file = this.#disk.open(segmentName(this.#cursor.ordinal))
      if (file === null) return ok(null)
      let frame = this.#peekIn(file, false)
      // Read again: only what is read after a later segment was begun is final.
      const isEnd = frame !== 'end-of-segment' && frame.ok && frame.value === null
      if (isEnd && isBegun(this.#disk, this.#cursor.ordinal + 1)) frame = this.#peekIn(file, true)
      file.close()
      if (frame !== 'end-of-segment') return frame
      this.#cursor.ordinal++
      this.#cursor.offset = 0
    }
  }

  #peekIn(
    file: ReadableFile,
    followed: boolean,
  ): Result<BatchFrame | null, LedgerProblem> | 'end-of-segment' {
    const cursor = this.#cursor
    if (cursor.offset === 0) {
      const entered = this.#enter(file, followed)
      if (!entered.ok) return entered
      if (!entered.value) return ok(null)
    }
    const header = whole(file, cursor.offset, batchHeaderBytes)
    if (isZero(header, 0, header.length)) return followed ? 'end-of-segment' : ok(null)
    const length = statedLength(header, 0)
    const frame = length === null ? null : readFrame(whole(file, cursor.offset, length), 0)
    if (frame === null) return followed ? this.#damaged('a batch does not match its hash') : ok(null)
    const continues = cursor.previous !== null && frame.previous.equals(cursor.previous)
    if (!continues || readU64(frame.bytes, 16) !== cursor.nextSeq) {
      return this.#damaged(`the batch does not continue the chain before event ${cursor.nextSeq}`)
    }
    this.#peeked = frame
    return ok(frame)
  }

  /** Reads the segment header; false when it is not whole yet. */
  #enter(file: ReadableFile, followed: boolean): Result<boolean, LedgerProblem> {
    const cursor = this.#cursor
    const read = readSegmentHeader(whole(file, 0, segmentHeaderBytes))
    if (typeof read === 'string') {
      return followed ? this.#damaged('a segment does not begin with a segment header') : ok(false)
    }
    const { header, hash } = read
    const continues = cursor.previous === null || cursor.previous.equals(header.previous)
    if (header.ordinal !== cursor.ordinal || header.firstSeq !== cursor.nextSeq || !continues) {
      return this.#damaged('the segment does not continue the one before it')
    }
    cursor.offset = segmentHeaderBytes
    cursor.previous = Buffer.from(hash)
    return ok(true)
  }
}

function whole(file: ReadableFile, offset: number, length: number): Buffer {
  const bytes = file.read(offset, length)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}
