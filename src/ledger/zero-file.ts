/**
 * Segments that are prepared and hold nothing: there is one in every ledger, as long as a full one. Looking through
 * it in small pieces costs a fraction of reading it whole, which would take fresh memory for all of its zeros.
 */
import type { ReadableDisk } from './readable-disk.ts'
import { isZero } from './record.ts'

const pieceBytes = 64 * 1024

/** The length of the file when every byte of it is zero, otherwise, or when there is none, null. */
export function zerosIn(disk: ReadableDisk, name: string): number | null {
  const file = disk.open(name)
  if (file === null) return null
  const { length } = file
  let at = 0
  while (at < length) {
    const piece = file.read(at, Math.min(at === 0 ? 512 : pieceBytes, length - at))
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.length)
    if (bytes.length === 0 || !isZero(bytes, 0, bytes.length)) break
    at += bytes.length
  }
  file.close()
  return at === length ? length : null
}
