/**
 * The postings of the segment that is being filled, in memory, brought up to date batch by batch. What does not hash
 * yet is not written yet, as for every reader.
 */
import { readFrame, statedLength } from '../batch.ts'
import { batchHeaderBytes, sectorBytes, segmentHeaderBytes, segmentName } from '../format.ts'
import type { LedgerProblem } from '../problem.ts'
import { problem } from '../problem.ts'
import type { ReadableDisk, ReadableFile } from '../readable-disk.ts'
import type { Dimension } from './dimension.ts'
import type { SegmentFacts } from './segment-facts.ts'
import type { ProcessOfEarlier } from './segment-postings.ts'
import { SegmentPostings } from './segment-postings.ts'
import type { PlaceCursor, SegmentSource } from './segment-source.ts'

/** Read at once while there is more to read. */
const chunkBytes = 1024 * 1024

/** The growing end of a ledger. */
export class TailPostings implements SegmentSource {
  readonly facts: SegmentFacts
  readonly #disk: ReadableDisk
  readonly #postings: SegmentPostings
  #offset = segmentHeaderBytes
  #chain: Buffer

  constructor(disk: ReadableDisk, facts: SegmentFacts, earlier: ProcessOfEarlier) {
    this.facts = facts
    this.#disk = disk
    this.#postings = new SegmentPostings(facts.firstSeq, 1024, 'looked-up', earlier)
    this.#chain = facts.headerHash
  }

  get ordinal(): number {
    return this.facts.ordinal
  }

  get firstSeq(): number {
    return this.facts.firstSeq
  }

  get count(): number {
    return this.#postings.count
  }

  get lastAt(): number {
    return this.#postings.lastAt
  }

  /** The postings themselves, for whoever makes an index file of them when the segment is sealed. */
  get postings(): SegmentPostings {
    return this.#postings
  }

  /** Chain value after the last batch. */
  get chain(): Buffer {
    return this.#chain
  }

  /** Takes in what was written since. Returns damage, or null. */
  refresh(): LedgerProblem | null {
    const file = this.#disk.open(segmentName(this.ordinal))
    if (file === null) return problem('damaged', segmentName(this.ordinal), 0, 'this segment is missing')
    try {
      const header = buffer(file.read(this.#offset, batchHeaderBytes))
      if (statedLength(header, 0) === null) return null
      for (;;) {
        const found = this.#takeChunk(file)
        if (found !== 'more') return found
      }
    } finally {
      file.close()
    }
  }

  #takeChunk(file: ReadableFile): LedgerProblem | 'more' | null {
    const start = this.#offset
    let bytes = buffer(file.read(start, chunkBytes))
    const first = statedLength(bytes, 0)
    if (first !== null && first > bytes.length) bytes = buffer(file.read(start, first))
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    for (let at = 0; at < bytes.length; at = this.#offset - start) {
      const frame = readFrame(bytes, at)
      if (frame === null) {
        const length = statedLength(bytes, at)
        return length !== null && length > bytes.length - at && this.#offset > start ? 'more' : null
      }
      if (!frame.previous.equals(this.#chain)) return this.#damaged('a batch does not continue the chain')
      const added = this.#postings.add(bytes, view, at, frame.length, this.#offset)
      if (!added.ok) return this.#damaged(added.error)
      this.#offset += frame.length
      this.#chain = Buffer.from(frame.hash)
    }
    return bytes.length === 0 ? null : 'more'
  }

  #damaged(message: string): LedgerProblem {
    return problem('damaged', segmentName(this.ordinal), this.#offset, message)
  }

  descend(dimension: Dimension, key: number, below: number): PlaceCursor {
    const list = this.#postings.lists[dimension]
    let entry = list.newest(key)
    const cursor = {
      place: -1,
      advance: () => {
        entry = list.before(entry)
        cursor.place = entry < 0 ? -1 : list.placeOf(entry)
      },
      seek: (place: number) => {
        while (entry >= 0 && list.placeOf(entry) > place) entry = list.before(entry)
        cursor.place = entry < 0 ? -1 : list.placeOf(entry)
      },
    }
    cursor.seek(below - 1)
    return cursor
  }

  batchOffset(place: number): number {
    const { first, sector, count } = this.#postings.batches
    const batch = lowerBound(count, (index) => (first[index] ?? 0) <= place) - 1
    return (sector[Math.max(0, batch)] ?? 0) * sectorBytes
  }

  placeBefore(at: number): number {
    const { first, at: times, count } = this.#postings.batches
    const batch = lowerBound(count, (index) => (times[index] ?? 0) < at)
    return batch === 0 ? 0 : (first[batch - 1] ?? 0)
  }
}

/** First index up to `count` of which `isBefore` is not true. */
function lowerBound(count: number, isBefore: (index: number) => boolean): number {
  let [low, high] = [0, count]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isBefore(middle)) low = middle + 1
    else high = middle
  }
  return low
}

function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}
