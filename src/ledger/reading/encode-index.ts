/** What the events of a sealed segment can be looked up by as the bytes of its index file, in memory that is used again. */
import { endianness } from 'node:os'
import { invariant } from '../../base/fault.ts'
import { CountedPostings } from './counted-postings.ts'
import type { Dimension } from './dimension.ts'
import { dimensions } from './dimension.ts'
import type { IndexedSegment } from './index-layout.ts'
import { bodyStart, indexBytesMax, partsOf, sealIndex } from './index-layout.ts'
import type { BatchTable, SegmentKeys } from './segment-keys.ts'

const isBigEndian = endianness() === 'BE'
const high = 0x1_0000_0000
const wordBytes = 4

/** Encodes index files one after another. */
export class IndexEncoder {
  readonly #lists = {
    process: new CountedPostings(),
    capability: new CountedPostings(),
    kind: new CountedPostings(),
    operator: new CountedPostings(),
  }
  #words = new Uint32Array()

  /** The index file of `segment`, whose events these are. Valid until the next one is encoded. */
  encode(events: SegmentKeys, segment: IndexedSegment): Buffer {
    const { batches, columns, more, lastAt } = events
    const lists = this.#lists
    const count = (dimension: Dimension) =>
      lists[dimension].count(columns[dimension].subarray(0, events.count), more[dimension])
    const sizes = {
      process: count('process'),
      capability: count('capability'),
      kind: count('kind'),
      operator: count('operator'),
    }
    const head = { ...segment, batches: batches.first.length, lastAt, sizes }
    const parts = partsOf(head)
    const start = bodyStart(parts.length)
    invariant(start + parts.length <= indexBytesMax, 'an index file is at most 1 GiB long')
    const words = this.#cleared(start + parts.length)
    const at = (part: number): number => (start + part) / wordBytes
    putBatches(words, batches, at(parts.at), at(parts.first), at(parts.sector))
    for (const dimension of dimensions) {
      const part = parts.lists[dimension]
      lists[dimension].put(words, at(part.keys), at(part.starts), at(part.places))
    }
    const file = Buffer.from(words.buffer, 0, start + parts.length)
    if (isBigEndian) file.swap32()
    sealIndex(file, head, parts.length)
    return file
  }

  #cleared(bytes: number): Uint32Array {
    if (this.#words.byteLength < bytes) this.#words = new Uint32Array((bytes + (bytes >>> 2)) / wordBytes)
    else this.#words.fill(0, 0, bytes / wordBytes)
    return this.#words
  }
}

function putBatches(
  words: Uint32Array,
  batches: BatchTable,
  at: number,
  first: number,
  sector: number,
): void {
  for (const [batch, time] of batches.at.entries()) {
    words[at + 2 * batch] = time % high
    words[at + 2 * batch + 1] = Math.floor(time / high)
  }
  words.set(batches.first, first)
  words.set(batches.sector, sector)
}
