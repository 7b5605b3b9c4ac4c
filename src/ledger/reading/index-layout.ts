/**
 * The layout of an index file, version 1; `docs/reading.md` says what each part means. There is one encoding of the
 * postings of a segment: the places of all parts follow from the counts in the header.
 */
import { crc32 } from 'node:zlib'
import { hashBytes, roundUp } from '../format.ts'
import { readU64, writeU64 } from '../u64.ts'
import type { Dimension } from './dimension.ts'
import { dimensions } from './dimension.ts'

/** First bytes of every index file. */
export const indexMagic: Buffer = Buffer.from('CUSTOIDX', 'latin1')
/** Version in every index file. Another one is not read but built anew. */
export const indexVersion = 1
/** Fixed part of the head, before the checksums of the pages. */
export const indexHeadBytes = 512
/** The body is checked by pages of this size. */
export const indexPageBytes = 4096
/** The most bytes that an index file may have: that of the longest segment with nothing but shortest records. */
export const indexBytesMax: number = 1024 * 1024 * 1024

/** What an index file says of its segment. */
export interface IndexedSegment {
  readonly ordinal: number
  readonly firstSeq: number
  /** How many events. */
  readonly count: number
  /** Hash in the segment's header. */
  readonly headerHash: Uint8Array
  /** Chain value at the segment's end. */
  readonly endHash: Uint8Array
}

/** The fixed part of an index file. */
export interface IndexHead extends IndexedSegment {
  readonly batches: number
  readonly lastAt: number
  /** For each dimension how many keys and places there are. */
  readonly sizes: { readonly [D in Dimension]: { readonly keys: number; readonly places: number } }
}

/** Where the parts of the body stand, from its beginning. */
export interface IndexParts {
  /** Ledger time, first event and sector of every batch. */
  readonly at: number
  readonly first: number
  readonly sector: number
  readonly lists: {
    readonly [D in Dimension]: { readonly keys: number; readonly starts: number; readonly places: number }
  }
  /** Length of the body, whole pages. */
  readonly length: number
}

const crcAt = 508
const sizesAt = 128

/** Where everything is in the body of a file with that head. */
export function partsOf({ batches, sizes }: Pick<IndexHead, 'batches' | 'sizes'>): IndexParts {
  const at = 0
  const first = at + 8 * batches
  const sector = first + 4 * batches
  let end = sector + 4 * batches
  const placed = (dimension: Dimension) => {
    const { keys, places } = sizes[dimension]
    const part = { keys: end, starts: end + 4 * keys, places: end + 4 * (2 * keys + 1) }
    end = part.places + 4 * places
    return part
  }
  const lists = {
    process: placed('process'),
    capability: placed('capability'),
    kind: placed('kind'),
    operator: placed('operator'),
  }
  return { at, first, sector, lists, length: roundUp(end, indexPageBytes) }
}

/** Length of what stands before the body: the head and a checksum for each page. */
export function bodyStart(bodyBytes: number): number {
  return roundUp(indexHeadBytes + 4 * (bodyBytes / indexPageBytes), indexPageBytes)
}

/** Writes head and checksums of the body that already stands in `file`. */
export function sealIndex(file: Buffer, head: IndexHead, bodyBytes: number): void {
  indexMagic.copy(file)
  file.writeUInt32LE(indexVersion, 8)
  file.writeUInt32LE(head.ordinal, 12)
  writeU64(file, head.firstSeq, 16)
  file.writeUInt32LE(head.count, 24)
  file.writeUInt32LE(head.batches, 28)
  file.set(head.headerHash, 32)
  file.set(head.endHash, 64)
  writeU64(file, head.lastAt, 96)
  for (const [index, dimension] of dimensions.entries()) {
    file.writeUInt32LE(head.sizes[dimension].keys, sizesAt + 8 * index)
    file.writeUInt32LE(head.sizes[dimension].places, sizesAt + 8 * index + 4)
  }
  const start = bodyStart(bodyBytes)
  for (let page = 0; page * indexPageBytes < bodyBytes; page++) {
    const at = start + page * indexPageBytes
    file.writeUInt32LE(crc32(file.subarray(at, at + indexPageBytes)), indexHeadBytes + 4 * page)
  }
  file.writeUInt32LE(headCrc(file.subarray(0, start)), crcAt)
}

/** The head in the first 512 bytes, or null when it is none of this version. Its checksum is not looked at. */
export function readIndexHead(bytes: Buffer): IndexHead | null {
  if (bytes.length < indexHeadBytes || bytes.compare(indexMagic, 0, 8, 0, 8) !== 0) return null
  if (bytes.readUInt32LE(8) !== indexVersion) return null
  const size = (index: number) => ({
    keys: bytes.readUInt32LE(sizesAt + 8 * index),
    places: bytes.readUInt32LE(sizesAt + 8 * index + 4),
  })
  return {
    ordinal: bytes.readUInt32LE(12),
    firstSeq: readU64(bytes, 16),
    count: bytes.readUInt32LE(24),
    batches: bytes.readUInt32LE(28),
    headerHash: bytes.subarray(32, 32 + hashBytes),
    endHash: bytes.subarray(64, 64 + hashBytes),
    lastAt: readU64(bytes, 96),
    sizes: { process: size(0), capability: size(1), kind: size(2), operator: size(3) },
  }
}

/** True when head and page checksums, which stand before the body, are as they were written. */
export function headIsWhole(beforeBody: Buffer): boolean {
  return headCrc(beforeBody) === beforeBody.readUInt32LE(crcAt)
}

function headCrc(beforeBody: Buffer): number {
  return crc32(beforeBody.subarray(indexHeadBytes), crc32(beforeBody.subarray(0, crcAt)))
}
