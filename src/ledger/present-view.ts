/**
 * A ledger that may be being written to, as of now. A scan takes time: without this it could read a segment
 * before the writer fills it and the next one after, or checkpoints newer than the events it has seen.
 */
import { checkpointsFile, sectorBytes, segmentName } from './format.ts'
import type { ReadableDisk, ReadableFile } from './readable-disk.ts'
import { readWhole, segmentOrdinals } from './readable-disk.ts'
import { isZero } from './record.ts'

/**
 * `disk` with its checkpoints, and the segments that hold nothing, as they are now. The segment that is being
 * filled is read later, so it holds at least what the checkpoints cover.
 */
export function presentView(disk: ReadableDisk): ReadableDisk {
  const names = disk.list()
  const frozen = new Map<string, ReadableFile>()
  const checkpoints = readWhole(disk, checkpointsFile)
  if (checkpoints !== null) frozen.set(checkpointsFile, inMemory(checkpointsFile, checkpoints))
  for (const ordinal of segmentOrdinals(disk).toReversed()) {
    const name = segmentName(ordinal)
    const bytes = readWhole(disk, name)
    if (bytes === null || !isZero(bytes, 0, bytes.length)) break
    frozen.set(name, zeros(name, bytes.length))
  }
  return { list: () => names, open: (name) => frozen.get(name) ?? disk.open(name) }
}

function inMemory(name: string, bytes: Uint8Array): ReadableFile {
  const read = (offset: number, length: number): Uint8Array => bytes.slice(offset, offset + length)
  return { name, length: bytes.length, read, close: () => undefined }
}

function zeros(name: string, length: number): ReadableFile {
  const read = (offset: number, wanted: number): Uint8Array =>
    new Uint8Array(Math.max(0, Math.min(wanted, length - offset)))
  return { name, length, read, close: () => undefined }
}

/** True when the first sector of that segment is written. */
export function isBegun(disk: ReadableDisk, ordinal: number): boolean {
  const file = disk.open(segmentName(ordinal))
  if (file === null) return false
  const sector = file.read(0, sectorBytes)
  file.close()
  return !isZero(Buffer.from(sector.buffer, sector.byteOffset, sector.length), 0, sector.length)
}
