/** What the header of a segment says, as far as a lookup goes by it. */
import { segmentHeaderBytes, segmentName } from '../format.ts'
import type { ReadableDisk } from '../readable-disk.ts'
import { readSegmentHeader } from '../segment-header.ts'

/** One begun segment. */
export interface SegmentFacts {
  readonly ordinal: number
  readonly firstSeq: number
  readonly segmentBytes: number
  readonly headerHash: Buffer
  /** Chain value at the end of the segment before. */
  readonly previous: Buffer
  readonly ledgerId: string
}

/** The facts of that segment, or null when it is not begun, not there, or its header does not hold. */
export function readFacts(disk: ReadableDisk, ordinal: number): SegmentFacts | null {
  const file = disk.open(segmentName(ordinal))
  if (file === null) return null
  const bytes = file.read(0, segmentHeaderBytes)
  file.close()
  const read = readSegmentHeader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
  if (typeof read === 'string') return null
  const { header, hash } = read
  return {
    ordinal,
    firstSeq: header.firstSeq,
    segmentBytes: header.segmentBytes,
    headerHash: Buffer.from(hash),
    previous: Buffer.from(header.previous),
    ledgerId: Buffer.from(header.ledgerId).toString('hex'),
  }
}
