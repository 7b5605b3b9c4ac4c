/**
 * The postings of a sealed segment, read from its index file page by page. Nothing of it is believed that does not
 * match its checksum, or is not of exactly this segment; such a file is built anew.
 */
import { crc32 } from 'node:zlib'
import { sectorBytes } from '../format.ts'
import type { ReadableFile } from '../readable-disk.ts'
import { bufferOf } from '../readable-disk.ts'
import { readU64 } from '../u64.ts'
import type { Dimension } from './dimension.ts'
import type { IndexedSegment, IndexHead, IndexParts } from './index-layout.ts'
import {
  bodyStart,
  headIsWhole,
  indexHeadBytes,
  indexPageBytes,
  partsOf,
  readIndexHead,
} from './index-layout.ts'
import type { PageCache } from './page-cache.ts'
import type { PlaceCursor, SegmentSource } from './segment-source.ts'

/** How an index file is opened, whenever something of it is needed. */
export type OpenFile = () => ReadableFile | null

/** An index file that is of the right segment. */
export class IndexFile implements SegmentSource {
  readonly ordinal: number
  readonly firstSeq: number
  readonly count: number
  readonly lastAt: number
  readonly #open: OpenFile
  readonly #cache: PageCache
  readonly #number: number
  readonly #head: IndexHead
  readonly #parts: IndexParts
  readonly #sums: Buffer
  #damaged = false
  #page = -1
  #bytes: Buffer = Buffer.alloc(indexPageBytes)

  private constructor(open: OpenFile, cache: PageCache, head: IndexHead, sums: Buffer) {
    this.#open = open
    this.#cache = cache
    this.#number = cache.newFile()
    this.#head = head
    this.#parts = partsOf(head)
    this.#sums = sums
    this.ordinal = head.ordinal
    this.firstSeq = head.firstSeq
    this.count = head.count
    this.lastAt = head.lastAt
  }

  /** Opens it, or null when there is none that is whole and of `segment`. */
  static open(open: OpenFile, cache: PageCache, segment: IndexedSegment): IndexFile | null {
    const file = open()
    if (file === null) return null
    try {
      const head = readIndexHead(bufferOf(file.read(0, indexHeadBytes)))
      if (head === null || !isOf(head, segment)) return null
      const { length } = partsOf(head)
      const start = bodyStart(length)
      if (file.length !== start + length) return null
      const before = bufferOf(file.read(0, start))
      return headIsWhole(before) ? new IndexFile(open, cache, head, before.subarray(indexHeadBytes)) : null
    } finally {
      file.close()
    }
  }

  /** True once a page did not match its checksum: what was read since is not to be used. */
  get damaged(): boolean {
    return this.#damaged
  }

  descend(dimension: Dimension, key: number, below: number): PlaceCursor {
    const { keys } = this.#head.sizes[dimension]
    const part = this.#parts.lists[dimension]
    const slot = this.#lowerBound(part.keys, 0, keys, key)
    if (slot === keys || this.#u32(part.keys + 4 * slot) !== key) return noPlaces
    const from = this.#u32(part.starts + 4 * slot)
    let at = this.#lowerBound(part.places, from, this.#u32(part.starts + 4 * slot + 4), below) - 1
    const placeAt = (): number => (at < from || this.#damaged ? -1 : this.#u32(part.places + 4 * at))
    const cursor = {
      place: placeAt(),
      advance: () => {
        at--
        cursor.place = placeAt()
      },
      seek: (place: number) => {
        at = this.#lowerBound(part.places, from, at + 1, place + 1) - 1
        cursor.place = placeAt()
      },
    }
    return cursor
  }

  batchOffset(place: number): number {
    const { first, sector } = this.#parts
    const batch = this.#lowerBound(first, 0, this.#head.batches, place + 1) - 1
    return this.#u32(sector + 4 * Math.max(0, batch)) * sectorBytes
  }

  placeBefore(at: number): number {
    let [low, high] = [0, this.#head.batches]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#u64(this.#parts.at + 8 * middle) < at) low = middle + 1
      else high = middle
    }
    return low === 0 ? 0 : this.#u32(this.#parts.first + 4 * (low - 1))
  }

  /** First index in `[from, to)` of the sorted numbers at `part` that is at least `value`, or `to`. */
  #lowerBound(part: number, from: number, to: number, value: number): number {
    let [low, high] = [from, to]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#u32(part + 4 * middle) < value) low = middle + 1
      else high = middle
    }
    return low
  }

  #u32(at: number): number {
    return this.#turnTo(at).readUInt32LE(at % indexPageBytes)
  }

  #u64(at: number): number {
    return readU64(this.#turnTo(at), at % indexPageBytes)
  }

  #turnTo(at: number): Buffer {
    const page = Math.floor(at / indexPageBytes)
    if (page === this.#page) return this.#bytes
    const bytes = this.#cache.get(this.#number, page) ?? this.#load(page)
    if (bytes === null) {
      this.#damaged = true
      return this.#bytes
    }
    this.#page = page
    this.#bytes = bytes
    return bytes
  }

  #load(page: number): Buffer | null {
    const file = this.#open()
    if (file === null) return null
    const at = bodyStart(this.#parts.length) + page * indexPageBytes
    const bytes = bufferOf(file.read(at, indexPageBytes))
    file.close()
    if (bytes.length !== indexPageBytes || crc32(bytes) !== this.#sums.readUInt32LE(4 * page)) return null
    this.#cache.keep(this.#number, page, bytes)
    return bytes
  }
}

const noPlaces: PlaceCursor = { place: -1, advance: () => undefined, seek: () => undefined }

function isOf(head: IndexHead, segment: IndexedSegment): boolean {
  return (
    head.ordinal === segment.ordinal &&
    head.firstSeq === segment.firstSeq &&
    head.count === segment.count &&
    Buffer.compare(head.headerHash, segment.headerHash) === 0 &&
    Buffer.compare(head.endHash, segment.endHash) === 0
  )
}
