/**
 * What room there is, in words that are true on a full disk as well. The ledger calls its room ample as long as the
 * next segment is set aside, and that stays so for a while after the disk has filled up: whoever reads `ample` then
 * must also read how little follows.
 */
import { statfsSync } from 'node:fs'
import { segmentBytesDefault } from '../ledger/format.ts'

const mebibyte = 1_048_576
/** Less than this, and the segment after the next cannot be set aside, nor anything large be kept beside it. */
const littleBytes = 2 * segmentBytesDefault

/** Bytes that the disk of `folder` still takes from us, or null when that cannot be found out. */
export function freeBytesAt(folder: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  } catch {
    return null
  }
}

/** The ledger's room, with what follows from it, for a person. `room` is the kernel's word. */
export function roomWords(room: string, freeBytes: number | null): string {
  switch (room) {
    case 'ample':
      return freeBytes === null || freeBytes >= littleBytes
        ? 'ample'
        : `ample for now: the disk is full, and only what the ledger set aside is left (at most ${littleBytes / mebibyte} MiB)`
    case 'reserved':
      return 'reserved: nothing new is done until the disk has room; revoking and halting are still recorded'
    case 'none':
      return 'NONE: nothing can be recorded, so nothing is done'
    default:
      return room
  }
}

/** Free space of the disk, for a person. */
export function freeWords(freeBytes: number): string {
  const mebibytes = Math.floor(freeBytes / mebibyte)
  const size = mebibytes < 10_240 ? `${mebibytes} MiB` : `${Math.floor(mebibytes / 1_024)} GiB`
  return isFull(freeBytes) ? `FULL: ${size} free` : `${size} free`
}

/** True where the segment after the next cannot be set aside. */
export function isFull(freeBytes: number): boolean {
  return freeBytes < littleBytes
}
