/**
 * The half of a disk that readers and verifiers need. A `Disk` is one, and so is a folder opened by a
 * program that must not write to it.
 */
import { segmentOrdinal } from './format.ts'
import type { DiskFile } from './port.ts'

/** One file, open for reading. */
export type ReadableFile = Pick<DiskFile, 'name' | 'length' | 'read' | 'close'> & {
  /** Reads from `offset` on until `target` is full or the file ends. Returns how many bytes there were. */
  readInto?(target: Uint8Array, offset: number): number
}

/** One folder of files, never written through this. */
export interface ReadableDisk {
  list(): readonly string[]
  /** Opens an existing file, or null when there is none. */
  open(name: string): ReadableFile | null
}

/** The whole of a file, or null when there is none. */
export function readWhole(disk: ReadableDisk, name: string): Buffer | null {
  const file = disk.open(name)
  if (file === null) return null
  const bytes = bufferOf(file.read(0, file.length))
  file.close()
  return bytes
}

/** The same memory as a buffer. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** A buffer that is used again: fresh memory for a whole segment costs several times what reading it does. */
export interface ReadSpace {
  bytes: Buffer
}

/** The whole of a file, in `space` where that is possible and then valid until it is used again; or null. */
export function readWholeInto(disk: ReadableDisk, name: string, space: ReadSpace): Buffer | null {
  const file = disk.open(name)
  if (file === null) return null
  if (file.readInto === undefined) {
    file.close()
    return readWhole(disk, name)
  }
  if (space.bytes.length < file.length) space.bytes = Buffer.allocUnsafeSlow(file.length)
  const length = file.readInto(space.bytes.subarray(0, file.length), 0)
  file.close()
  return space.bytes.subarray(0, length)
}

/** Ordinals of the segment files there are, ascending. */
export function segmentOrdinals(disk: ReadableDisk): readonly number[] {
  const ordinals = disk.list().map(segmentOrdinal)
  return ordinals.filter((ordinal) => ordinal !== null).sort((a, b) => a - b)
}
