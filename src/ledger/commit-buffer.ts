/**
 * The one buffer that batches are encoded into, straight into the bytes that will be written. It keeps a
 * sector free in front, so that a batch which begins a segment goes out in one write with its header.
 */
import { invariant } from '../base/fault.ts'
import { batchHeaderBytes, roundUp, segmentHeaderBytes } from './format.ts'
import { frameLength, sealBatch } from './batch.ts'
import type { PreparedRecord } from './record.ts'
import { writeRecord } from './record.ts'
import type { SegmentHeader } from './segment-header.ts'
import { writeSegmentHeader } from './segment-header.ts'

const startBytes = 256 * 1024

/** What to write, and the chain value once it is durable. Valid until the buffer is used again. */
export interface EncodedWrite {
  readonly bytes: Uint8Array
  readonly hash: Buffer
}

/** Encodes one write at a time. */
export class CommitBuffer {
  #bytes: Buffer = Buffer.alloc(startBytes)

  /** A batch that continues a segment after chain value `previous`. */
  batch(records: readonly PreparedRecord[], previous: Uint8Array): EncodedWrite {
    const { end, hash } = this.#encode(records, previous)
    return { bytes: this.#bytes.subarray(segmentHeaderBytes, end), hash }
  }

  /** A batch that begins a segment, with the header before it. */
  segmentStart(records: readonly PreparedRecord[], header: SegmentHeader): EncodedWrite {
    const headerHash = writeSegmentHeader(header, this.#bytes, 0)
    const { end, hash } = this.#encode(records, headerHash)
    return { bytes: this.#bytes.subarray(0, end), hash }
  }

  #encode(records: readonly PreparedRecord[], previous: Uint8Array): { end: number; hash: Buffer } {
    const start = segmentHeaderBytes
    const first = records[0]
    invariant(first !== undefined, 'a batch has at least one event')
    const end = start + batchLength(records)
    this.#reserve(end)
    let at = start + batchHeaderBytes
    for (const record of records) at = writeRecord(record, this.#bytes, at)
    const batch = { firstSeq: first.event.seq, count: records.length, previous }
    return { end, hash: sealBatch(this.#bytes, start, at, batch) }
  }

  #reserve(length: number): void {
    if (length <= this.#bytes.length) return
    const grown = Buffer.alloc(roundUp(length * 2, startBytes))
    this.#bytes.copy(grown, 0, 0, segmentHeaderBytes)
    this.#bytes = grown
  }
}

/** Length of the frame that holds `records`. */
export function batchLength(records: readonly PreparedRecord[]): number {
  let bytes = 0
  for (const record of records) bytes += record.length
  return frameLength(bytes)
}
