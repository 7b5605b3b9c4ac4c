/**
 * Reads every segment from the first byte to the last and checks everything that can be checked without a
 * key: headers, hashes, the chain, every record, and that what was never written is still zero. Opening
 * and verifying are both this scan; they differ in what they make of what it finds at the end.
 */
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import type { BatchFrame } from './batch.ts'
import { readFrame, readRecords } from './batch.ts'
import {
  hashBytes,
  sectorBytes,
  segmentBytesMax,
  segmentBytesMin,
  segmentHeaderBytes,
  segmentName,
} from './format.ts'
import { isInterruptedClearing } from './interrupted-clearing.ts'
import type { LedgerProblem } from './problem.ts'
import { problem } from './problem.ts'
import type { ReadableDisk } from './readable-disk.ts'
import { readWhole, segmentOrdinals } from './readable-disk.ts'
import type { LedgerRecord } from './record.ts'
import { lastNonZero } from './record.ts'
import type { SegmentHeader } from './segment-header.ts'
import { readSegmentHeader } from './segment-header.ts'
import type { ExpectedWrite } from './unfinished.ts'
import { contradiction } from './unfinished.ts'

/** What a scan tells its caller as it goes, in order. */
export interface ScanVisitor {
  record(record: LedgerRecord): void
  /** After the records of a batch: position and chain value (hex) of its end. */
  batchEnd(seq: number, hash: string): void
}

/** An unfinished write: `bytes` are what stands from `write.start` of `file` on, to the last byte not zero. */
export interface UnfinishedWrite {
  readonly file: string
  readonly write: ExpectedWrite
  readonly bytes: Buffer
}

/** What a whole ledger turned out to be. */
export interface Scan {
  /** Last event, or 0. */
  readonly seq: number
  /** Chain value at the end, 32 bytes; zeros when there is no segment with anything in it. */
  readonly hash: Buffer
  readonly batches: number
  readonly domain: string | null
  readonly ledgerId: Buffer | null
  /** Ordinal of the segment that ends the ledger, 0 when nothing was ever written. */
  readonly segment: number
  /** Offset of the next batch in that segment. */
  readonly offset: number
  /** Ordinal of the last segment file, prepared ones included. */
  readonly lastSegment: number
  readonly unfinished: UnfinishedWrite | null
}

/** Scans all segments. The first damage found ends the scan with that problem. */
export function scanSegments(disk: ReadableDisk, visitor: ScanVisitor): Result<Scan, LedgerProblem> {
  const scanner = new Scanner(disk, visitor)
  const found = scanner.run()
  return found === null ? ok(scanner.result()) : err(found)
}

class Scanner {
  readonly #disk: ReadableDisk
  readonly #visitor: ScanVisitor
  #seq = 0
  #hash: Buffer = Buffer.alloc(hashBytes)
  #batches = 0
  #segment = 0
  #offset = 0
  #last = 0
  #domain: string | null = null
  #ledgerId: Buffer | null = null
  #unfinished: UnfinishedWrite | null = null
  /** Name of the first segment that holds nothing. */
  #empty: string | null = null

  constructor(disk: ReadableDisk, visitor: ScanVisitor) {
    this.#disk = disk
    this.#visitor = visitor
  }

  result(): Scan {
    return {
      seq: this.#seq,
      hash: this.#hash,
      batches: this.#batches,
      domain: this.#domain,
      ledgerId: this.#ledgerId,
      segment: this.#segment,
      offset: this.#offset,
      lastSegment: this.#last,
      unfinished: this.#unfinished,
    }
  }

  run(): LedgerProblem | null {
    for (const ordinal of segmentOrdinals(this.#disk)) {
      const name = segmentName(ordinal)
      if (ordinal !== this.#last + 1) {
        return problem('damaged', segmentName(this.#last + 1), 0, 'this segment is missing')
      }
      this.#last = ordinal
      const found = this.#scanFile(name, ordinal)
      if (found !== null) return found
    }
    return null
  }

  #scanFile(name: string, ordinal: number): LedgerProblem | null {
    const bytes = readWhole(this.#disk, name)
    if (bytes === null) return problem('damaged', name, 0, 'this segment cannot be opened')
    if (
      bytes.length % sectorBytes !== 0 ||
      bytes.length < segmentBytesMin ||
      bytes.length > segmentBytesMax
    ) {
      return problem('damaged', name, bytes.length, `a segment cannot be ${bytes.length} bytes long`)
    }
    const end = lastNonZero(bytes, 0, bytes.length)
    if (end === 0) {
      this.#empty ??= name
      return null
    }
    if (this.#unfinished !== null)
      return this.#followed(this.#unfinished.file, this.#unfinished.write.start, name)
    if (this.#empty !== null) return this.#followed(this.#empty, 0, name)
    return this.#scanSegment(name, ordinal, bytes, end)
  }

  #followed(file: string, offset: number, by: string): LedgerProblem {
    return problem('damaged', file, offset, `history is missing here: ${by} goes on after it`)
  }

  #scanSegment(name: string, ordinal: number, bytes: Buffer, end: number): LedgerProblem | null {
    const read = readSegmentHeader(bytes)
    if (read === 'unsupported') return problem('unsupported', name, 8, 'this format version is not known')
    const before: ExpectedWrite = { start: 0, firstSeq: this.#seq + 1, previous: this.#hash }
    if (read === 'not-a-header') return this.#endAt(name, bytes, before, before)
    const wrong = this.#wrongHeader(read.header, ordinal, bytes.length)
    if (wrong !== null) return problem('damaged', name, 0, wrong)
    // The header went out in one write with the first batch, so without that batch it is not there either.
    const first: ExpectedWrite = { ...before, start: segmentHeaderBytes, previous: read.hash }
    if (readFrame(bytes, segmentHeaderBytes) === null) {
      return this.#endAt(name, bytes, end > segmentHeaderBytes ? first : before, before)
    }
    this.#segment = ordinal
    this.#offset = segmentHeaderBytes
    this.#domain = read.header.domain
    this.#ledgerId = Buffer.from(read.header.ledgerId)
    this.#hash = Buffer.from(read.hash)
    return this.#scanFrames(name, bytes, end)
  }

  #scanFrames(name: string, bytes: Buffer, end: number): LedgerProblem | null {
    while (this.#offset < end) {
      const frame = readFrame(bytes, this.#offset)
      if (frame === null) {
        const write = { start: this.#offset, firstSeq: this.#seq + 1, previous: this.#hash }
        return this.#endAt(name, bytes, write, write)
      }
      const found = this.#take(name, frame)
      if (found !== null) return found
    }
    return null
  }

  #wrongHeader(header: SegmentHeader, ordinal: number, length: number): string | null {
    if (header.ordinal !== ordinal) return `this is segment ${header.ordinal} under another name`
    if (header.segmentBytes !== length) return `the segment was ${header.segmentBytes} bytes long`
    const sameLedger = this.#ledgerId === null || this.#ledgerId.equals(header.ledgerId)
    if (!sameLedger || (this.#domain ?? header.domain) !== header.domain)
      return 'the segment is of another ledger'
    const continues = header.firstSeq === this.#seq + 1 && this.#hash.equals(header.previous)
    return continues ? null : `the segment does not continue the chain after event ${this.#seq}`
  }

  #take(name: string, frame: BatchFrame): LedgerProblem | null {
    if (!frame.previous.equals(this.#hash) || frame.firstSeq !== this.#seq + 1) {
      return problem(
        'damaged',
        name,
        this.#offset,
        `the batch does not continue the chain after event ${this.#seq}`,
      )
    }
    const records = readRecords(frame)
    if (!records.ok) return problem('damaged', name, this.#offset, records.error)
    for (const record of records.value) this.#visitor.record(record)
    this.#seq += frame.count
    this.#hash = Buffer.from(frame.hash)
    this.#offset += frame.length
    this.#batches++
    this.#visitor.batchEnd(this.#seq, this.#hash.toString('hex'))
    return null
  }

  /**
   * Something that does not verify: an unfinished write if nothing contradicts that, or damage. `judged` is
   * where it stops making sense, `write` where that write began.
   */
  #endAt(file: string, bytes: Buffer, judged: ExpectedWrite, write: ExpectedWrite): LedgerProblem | null {
    const why = contradiction(bytes, judged)
    if (why !== null && !isInterruptedClearing(this.#disk, bytes, write.start, write.firstSeq)) {
      return problem('damaged', file, judged.start, why)
    }
    const end = lastNonZero(bytes, write.start, bytes.length)
    this.#unfinished = { file, write, bytes: Buffer.from(bytes.subarray(write.start, end)) }
    return null
  }
}
