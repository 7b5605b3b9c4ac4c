/**
 * The one buffer that batches are encoded into, straight into the bytes that will be written. It keeps a
 * sector free in front, so that a batch which begins a segment goes out in one write with its header.
 */
import { invariant } from '../base/fault.ts'
import type { Event } from '../kernel/event.ts'
import { frameLength, sealBatch } from './batch.ts'
import { batchHeaderBytes, segmentHeaderBytes } from './format.ts'
import type { Storing } from './record.ts'
import type { SegmentHeader } from './segment-header.ts'
import { writeSegmentHeader } from './segment-header.ts'
import { WriteBuffer } from './write-buffer.ts'
import { writeRecord } from './write-record.ts'

const start = segmentHeaderBytes

/** What to write, and the chain value once it is durable. Valid until the buffer is used again. */
export interface EncodedWrite {
  readonly bytes: Uint8Array
  readonly hash: Buffer
}

/** Encodes one batch at a time: first its records, then the frame around them, once it is known what they follow. */
export class CommitBuffer {
  readonly #out = new WriteBuffer()
  #firstSeq = 0
  #count = 0
  #end = 0

  /** Encodes the records of a batch; `stored` has how each payload is stored. Returns the length of its frame. */
  encode(events: readonly Event[], stored: readonly (Storing | null)[]): number {
    const first = events[0]
    invariant(first !== undefined, 'a batch has at least one event')
    let at = start + batchHeaderBytes
    for (let index = 0; index < events.length; index++)
      at = writeRecord(this.#out, events[index] as Event, stored[index] ?? null, at)
    this.#firstSeq = first.seq
    this.#count = events.length
    this.#end = at
    const length = frameLength(at - start - batchHeaderBytes)
    this.#out.reserve(start + length)
    return length
  }

  /** The encoded batch, to continue a segment after chain value `previous`. */
  batch(previous: Uint8Array): EncodedWrite {
    const hash = this.#seal(previous)
    return { bytes: this.#written(start), hash }
  }

  /** The encoded batch, to begin a segment, with the header before it. */
  segmentStart(header: SegmentHeader): EncodedWrite {
    const hash = this.#seal(writeSegmentHeader(header, this.#out.bytes, 0))
    return { bytes: this.#written(0), hash }
  }

  #seal(previous: Uint8Array): Buffer {
    const batch = { firstSeq: this.#firstSeq, count: this.#count, previous }
    return sealBatch(this.#out.bytes, start, this.#end, batch)
  }

  #written(from: number): Uint8Array {
    return this.#out.bytes.subarray(from, start + frameLength(this.#end - start - batchHeaderBytes))
  }
}
