/**
 * Recognises an unfinished write that was already set aside and was being cleared when the writer died: part
 * of it is zero, and the rest is exactly what the set-aside file holds.
 */
import { sha256Hex } from '../base/hash.ts'
import { tornDigest, tornSeq } from './format.ts'
import type { ReadableDisk } from './readable-disk.ts'
import { readWhole } from './readable-disk.ts'
import { isZero } from './record.ts'

/** True when a whole set-aside file for `firstSeq` accounts for every byte of `segment` from `start` on. */
export function isInterruptedClearing(
  disk: ReadableDisk,
  segment: Buffer,
  start: number,
  firstSeq: number,
): boolean {
  return disk.list().some((name) => {
    if (tornSeq(name) !== firstSeq) return false
    const aside = readWhole(disk, name)
    return aside !== null && sha256Hex(aside) === tornDigest(name) && accountsFor(aside, segment, start)
  })
}

function accountsFor(aside: Buffer, segment: Buffer, start: number): boolean {
  const end = start + aside.length
  if (end > segment.length || !isZero(segment, end, segment.length)) return false
  return aside.every((byte, index) => segment[start + index] === 0 || segment[start + index] === byte)
}
