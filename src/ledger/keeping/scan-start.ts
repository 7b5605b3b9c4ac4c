/**
 * Where to begin to read a ledger whose state at some event is known already: with the segment that holds that
 * event. Of the segments before it only the headers are looked at, so that one that is missing, cut or of another
 * ledger is noticed at every opening; their contents are for `verify`. Archived ones may be away.
 */
import { segmentHeaderBytes, segmentName } from '../format.ts'
import { ArchiveAway } from './keeping-problem.ts'
import type { ReadableDisk } from '../readable-disk.ts'
import { segmentOrdinals } from '../readable-disk.ts'
import type { ScanStart } from '../scan.ts'
import type { SegmentHeader } from '../segment-header.ts'
import { readSegmentHeader } from '../segment-header.ts'

/** The segment that holds event `seq`, or null where the headers up to it are not those of one ledger. */
export function scanStartAt(disk: ReadableDisk, seq: number): ScanStart | null {
  let found: SegmentHeader | null = null
  for (const [index, ordinal] of segmentOrdinals(disk).entries()) {
    if (ordinal !== index + 1) return null
    const header = presentHeader(disk, ordinal)
    if (header === 'archived') continue
    if (header === null) break
    if (!follows(header, found)) return null
    if (header.firstSeq > seq) break
    found = header
  }
  if (found === null) return null
  const { ordinal, firstSeq, previous, domain, ledgerId } = found
  return {
    ordinal,
    seq: firstSeq - 1,
    previous: Buffer.from(previous),
    domain,
    ledgerId: Buffer.from(ledgerId),
  }
}

/** The header of a segment, or null where it cannot be one of that number and length. */
export function headerAt(disk: ReadableDisk, ordinal: number): SegmentHeader | null {
  const file = disk.open(segmentName(ordinal))
  if (file === null) return null
  const sector = file.read(0, segmentHeaderBytes)
  const { length } = file
  file.close()
  const read = readSegmentHeader(Buffer.from(sector.buffer, sector.byteOffset, sector.length))
  if (typeof read === 'string') return null
  return read.header.ordinal === ordinal && read.header.segmentBytes === length ? read.header : null
}

function presentHeader(disk: ReadableDisk, ordinal: number): SegmentHeader | null | 'archived' {
  try {
    return headerAt(disk, ordinal)
  } catch (problem) {
    if (problem instanceof ArchiveAway) return 'archived'
    throw problem
  }
}

function follows(header: SegmentHeader, before: SegmentHeader | null): boolean {
  if (before === null) return header.ordinal > 1 || header.firstSeq === 1
  const isSame = Buffer.compare(header.ledgerId, before.ledgerId) === 0 && header.domain === before.domain
  return isSame && header.firstSeq > before.firstSeq
}
