/**
 * The postings of the segment that is being filled, in memory, brought up to date batch by batch. What does not hash
 * yet is not written yet, as for every reader.
 */
import { readFrame, statedLength } from '../batch.ts'
import { batchHeaderBytes, sectorBytes, segmentHeaderBytes, segmentName } from '../format.ts'
import type { LedgerProblem } from '../problem.ts'
import { problem } from '../problem.ts'
import type { ReadableDisk, ReadableFile } from '../readable-disk.ts'
import { bufferOf } from '../readable-disk.ts'
import { ChainedPostings } from './chained-postings.ts'
import type { Dimension } from './dimension.ts'
import { dimensions } from './dimension.ts'
import type { SegmentFacts } from './segment-facts.ts'
import type { ProcessOfEarlier } from './segment-keys.ts'
import { SegmentKeys } from './segment-keys.ts'
import type { PlaceCursor, SegmentSource } from './segment-source.ts'

/** Read at once while there is more to read. */
const chunkBytes = 1024 * 1024

/** The growing end of a ledger. */
export class TailPostings implements SegmentSource {
  readonly facts: SegmentFacts
  readonly #disk: ReadableDisk
  readonly #events: SegmentKeys
  readonly #lists: { readonly [D in Dimension]: ChainedPostings } = {
    process: new ChainedPostings(),
    capability: new ChainedPostings(),
    kind: new ChainedPostings(),
    operator: new ChainedPostings(),
  }
  #offset = segmentHeaderBytes
  #chain: Buffer

  constructor(disk: ReadableDisk, facts: SegmentFacts, earlier: ProcessOfEarlier) {
    this.facts = facts
    this.#disk = disk
    this.#events = new SegmentKeys(earlier)
    this.#events.begin(facts.firstSeq)
    this.#chain = facts.headerHash
  }

  get ordinal(): number {
    return this.facts.ordinal
  }

  get firstSeq(): number {
    return this.facts.firstSeq
  }

  get count(): number {
    return this.#events.count
  }

  get lastAt(): number {
    return this.#events.lastAt
  }

  /** Takes in what was written since. Returns damage, or null. */
  refresh(): LedgerProblem | null {
    const file = this.#disk.open(segmentName(this.ordinal))
    if (file === null) return problem('damaged', segmentName(this.ordinal), 0, 'this segment is missing')
    try {
      const header = bufferOf(file.read(this.#offset, batchHeaderBytes))
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
    const [start, events] = [this.#offset, this.#events]
    let bytes = bufferOf(file.read(start, chunkBytes))
    const first = statedLength(bytes, 0)
    if (first !== null && first > bytes.length) bytes = bufferOf(file.read(start, first))
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    for (let at = 0; at < bytes.length; at = this.#offset - start) {
      const frame = readFrame(bytes, at)
      if (frame === null) {
        const length = statedLength(bytes, at)
        return length !== null && length > bytes.length - at && this.#offset > start ? 'more' : null
      }
      if (!frame.previous.equals(this.#chain)) return this.#damaged('a batch does not continue the chain')
      const from = events.count
      const wrong = events.add(bytes, view, at, frame.length, this.#offset)
      if (wrong !== null) return this.#damaged(wrong)
      for (const dimension of dimensions)
        this.#lists[dimension].addAll(events.columns[dimension], from, events.count, events.more[dimension])
      this.#offset += frame.length
      this.#chain = Buffer.from(frame.hash)
    }
    return bytes.length === 0 ? null : 'more'
  }

  #damaged(message: string): LedgerProblem {
    return problem('damaged', segmentName(this.ordinal), this.#offset, message)
  }

  descend(dimension: Dimension, key: number, below: number): PlaceCursor {
    const list = this.#lists[dimension]
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
    const { first, sector } = this.#events.batches
    const batch = lowerBound(first.length, (index) => (first[index] ?? 0) <= place) - 1
    return (sector[Math.max(0, batch)] ?? 0) * sectorBytes
  }

  placeBefore(at: number): number {
    const { first, at: times } = this.#events.batches
    const batch = lowerBound(first.length, (index) => (times[index] ?? 0) < at)
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
