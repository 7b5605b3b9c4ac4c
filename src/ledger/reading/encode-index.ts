/** The postings of a sealed segment as the bytes of its index file. */
import { endianness } from 'node:os'
import { invariant } from '../../base/fault.ts'
import type { Dimension } from './dimension.ts'
import { dimensions } from './dimension.ts'
import type { IndexedSegment } from './index-layout.ts'
import { bodyStart, indexBytesMax, partsOf, sealIndex } from './index-layout.ts'
import type { SegmentPostings } from './segment-postings.ts'

const isBigEndian = endianness() === 'BE'
const high = 0x1_0000_0000

/** The index file of `segment`, whose postings these are. */
export function encodeIndex(postings: SegmentPostings, segment: IndexedSegment): Buffer {
  const { batches, lists } = postings
  const size = (dimension: Dimension) => ({ keys: lists[dimension].keyCount, places: lists[dimension].size })
  const head = {
    ...segment,
    batches: batches.count,
    lastAt: postings.lastAt,
    sizes: {
      process: size('process'),
      capability: size('capability'),
      kind: size('kind'),
      operator: size('operator'),
    },
  }
  const parts = partsOf(head)
  const start = bodyStart(parts.length)
  invariant(start + parts.length <= indexBytesMax, 'an index file is at most 1 GiB long')
  const file = Buffer.alloc(start + parts.length)
  for (let batch = 0; batch < batches.count; batch++) {
    const at = batches.at[batch] ?? 0
    file.writeUInt32LE(at % high, start + parts.at + 8 * batch)
    file.writeUInt32LE(Math.floor(at / high), start + parts.at + 8 * batch + 4)
  }
  put(file, start + parts.first, batches.first.subarray(0, batches.count))
  put(file, start + parts.sector, batches.sector.subarray(0, batches.count))
  for (const dimension of dimensions) {
    const { keys, starts, places } = lists[dimension].sorted()
    const part = parts.lists[dimension]
    put(file, start + part.keys, keys)
    put(file, start + part.starts, starts)
    put(file, start + part.places, places)
  }
  sealIndex(file, head, parts.length)
  return file
}

/** Copies 32-bit numbers, little-endian whatever machine this is. */
function put(file: Buffer, at: number, numbers: Uint32Array): void {
  const bytes = Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength)
  bytes.copy(file, at)
  if (isBigEndian) file.subarray(at, at + bytes.length).swap32()
}
