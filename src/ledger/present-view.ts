/**
 * A ledger that is being written to, as of now: the segments up to the one that is being filled. Without it
 * a scan could read one segment before, and the next one after, the writer went from the one to the other.
 */
import { sectorBytes, segmentName, segmentOrdinal } from './format.ts'
import type { ReadableDisk } from './readable-disk.ts'
import { segmentOrdinals } from './readable-disk.ts'
import { isZero } from './record.ts'

/** `disk` without the segments that hold nothing yet. */
export function presentView(disk: ReadableDisk): ReadableDisk {
  const last = segmentOrdinals(disk).findLast((ordinal) => isBegun(disk, ordinal)) ?? 0
  const names = disk.list().filter((name) => (segmentOrdinal(name) ?? 0) <= last)
  return { list: () => names, open: (name) => disk.open(name) }
}

/** True when the first sector of that segment is written. */
export function isBegun(disk: ReadableDisk, ordinal: number): boolean {
  const file = disk.open(segmentName(ordinal))
  if (file === null) return false
  const sector = file.read(0, sectorBytes)
  file.close()
  return !isZero(Buffer.from(sector.buffer, sector.byteOffset, sector.length), 0, sector.length)
}
