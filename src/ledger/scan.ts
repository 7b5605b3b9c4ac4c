/**
 * Reads every segment from the first byte to the last and checks everything that can be checked without a
 * key: headers, hashes, the chain, every record, and that what was never written is still zero. Opening
 * and verifying are both this scan; they differ in what they make of what it finds at the end.
 */
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import type { BatchFrame } from './batch.ts'
import { readEach, readFrame } from './batch.ts'
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
import type { ReadSpace, ReadableDisk, ReadableFile } from './readable-disk.ts'
import { bufferOf, segmentOrdinals } from './readable-disk.ts'
import { lastNonZero } from './record.ts'
import type { Completion, Scan, ScanStart, ScanVisitor, UnfinishedWrite } from './scan-result.ts'
import type { ReadHeader, SegmentHeader } from './segment-header.ts'
import { readSegmentHeader } from './segment-header.ts'
import { SegmentWindow, windowSpace } from './segment-window.ts'
import type { ExpectedWrite } from './unfinished.ts'
import { judgeTail, missingHashEnd } from './unfinished.ts'

export type { Completion, Scan, ScanStart, ScanVisitor, UnfinishedWrite } from './scan-result.ts'

/** Scans all segments, or those from `start` on. The first damage found ends the scan with that problem. */
export function scanSegments(
  disk: ReadableDisk,
  visitor: ScanVisitor,
  start: ScanStart | null = null,
): Result<Scan, LedgerProblem> {
  const scanner = new Scanner(disk, visitor, start)
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
  #version = 0
  #last = 0
  /** The segment that the scan begins with. */
  #first = 1
  #from = 0
  readonly #space: ReadSpace | null
  #domain: string | null = null
  #ledgerId: Buffer | null = null
  #unfinished: UnfinishedWrite | null = null
  #completion: Completion | null = null
  /** Name of the first segment that holds nothing. */
  #empty: string | null = null

  constructor(disk: ReadableDisk, visitor: ScanVisitor, start: ScanStart | null) {
    this.#disk = disk
    this.#visitor = visitor
    this.#space = visitor.keepsNothing === true ? windowSpace() : null
    if (start === null) return
    this.#first = start.ordinal
    this.#last = start.ordinal - 1
    this.#seq = start.seq
    this.#from = start.seq
    this.#hash = start.previous
    this.#domain = start.domain
    this.#ledgerId = start.ledgerId
  }

  result(): Scan {
    return {
      from: this.#from,
      seq: this.#seq,
      hash: this.#hash,
      batches: this.#batches,
      domain: this.#domain,
      ledgerId: this.#ledgerId,
      segment: this.#segment,
      offset: this.#offset,
      version: this.#version,
      lastSegment: this.#last,
      unfinished: this.#unfinished,
      completion: this.#completion,
    }
  }

  run(): LedgerProblem | null {
    for (const ordinal of segmentOrdinals(this.#disk)) {
      if (ordinal < this.#first) continue
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
    const file = this.#disk.open(name)
    if (file === null) return problem('damaged', name, 0, 'this segment cannot be opened')
    try {
      return this.#scanOpen(name, ordinal, file)
    } finally {
      file.close()
    }
  }

  #scanOpen(name: string, ordinal: number, file: ReadableFile): LedgerProblem | null {
    const { length } = file
    if (length % sectorBytes !== 0 || length < segmentBytesMin || length > segmentBytesMax)
      return problem('damaged', name, length, `a segment cannot be ${length} bytes long`)
    const window = new SegmentWindow(file, this.#space)
    if (window.isZeroFrom(0)) {
      this.#empty ??= name
      return null
    }
    if (this.#unfinished !== null)
      return this.#followed(this.#unfinished.file, this.#unfinished.write.start, name)
    if (this.#completion !== null) return this.#followed(this.#completion.file, this.#completion.offset, name)
    if (this.#empty !== null) return this.#followed(this.#empty, 0, name)
    const found = this.#scanPieces(name, ordinal, window)
    if (found !== 'unclear') return found
    const bytes = bufferOf(file.read(0, length))
    const end = lastNonZero(bytes, 0, bytes.length)
    if (this.#segment === ordinal) return this.#scanFrames(name, bytes, end)
    return this.#scanSegment(name, ordinal, bytes, end)
  }

  /** A segment as long as everything verifies. What does not is judged with all of the segment at hand. */
  #scanPieces(name: string, ordinal: number, window: SegmentWindow): LedgerProblem | 'unclear' | null {
    const read = readSegmentHeader(Buffer.from(window.bytesAt(0, segmentHeaderBytes)))
    if (typeof read === 'string' || this.#wrongHeader(read.header, ordinal, window.length) !== null)
      return 'unclear'
    if (window.frameAt(segmentHeaderBytes) === null) return 'unclear'
    this.#enter(ordinal, read)
    for (;;) {
      const frame = window.frameAt(this.#offset)
      if (frame === null) return window.isZeroFrom(this.#offset) ? null : 'unclear'
      const found = this.#take(name, frame)
      if (found !== null) return found
    }
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
    if (this.#frameAt(name, bytes, first) === null) {
      return this.#endAt(name, bytes, end > segmentHeaderBytes ? first : before, before)
    }
    this.#enter(ordinal, read)
    return this.#scanFrames(name, bytes, end)
  }

  #enter(ordinal: number, { header, hash, version }: ReadHeader): void {
    this.#segment = ordinal
    this.#offset = segmentHeaderBytes
    this.#version = version
    this.#domain = header.domain
    this.#ledgerId = Buffer.from(header.ledgerId)
    this.#hash = Buffer.from(hash)
  }

  #scanFrames(name: string, bytes: Buffer, end: number): LedgerProblem | null {
    while (this.#offset < end) {
      const write = { start: this.#offset, firstSeq: this.#seq + 1, previous: this.#hash }
      const frame = this.#frameAt(name, bytes, write)
      if (frame === null) return this.#endAt(name, bytes, write, write)
      const found = this.#take(name, frame)
      if (found !== null) return found
    }
    return null
  }

  /** The frame where `write` would have gone, completed if only the end of its hash is missing. */
  #frameAt(file: string, bytes: Buffer, write: ExpectedWrite): BatchFrame | null {
    const frame = readFrame(bytes, write.start)
    const missing = frame === null ? missingHashEnd(bytes, write) : null
    if (missing === null) return frame
    this.#completion = { file, ...missing }
    bytes.set(missing.bytes, missing.offset)
    return readFrame(bytes, write.start)
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
    const wrong = readEach(frame, (record) => {
      if (record.version !== this.#version) return 'a record is not of the format version of its segment'
      this.#visitor.record(record)
      return null
    })
    if (wrong !== null) return problem('damaged', name, this.#offset, wrong)
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
    const tail = judgeTail(bytes, judged)
    const isKnown =
      tail.is === 'unfinished' || isInterruptedClearing(this.#disk, bytes, write.start, write.firstSeq)
    if (!isKnown && tail.is === 'damaged') return problem('damaged', file, judged.start, tail.why)
    const end = lastNonZero(bytes, write.start, bytes.length)
    const doubt = isKnown ? null : tail.why
    this.#unfinished = { file, write, bytes: Buffer.from(bytes.subarray(write.start, end)), doubt }
    return null
  }
}
