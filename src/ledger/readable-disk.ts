/**
 * The half of a disk that readers and verifiers need. A `Disk` is one, and so is a folder opened by a
 * program that must not write to it.
 */
import { segmentOrdinal } from './format.ts'
import type { DiskFile } from './port.ts'

/** One file, open for reading. */
export type ReadableFile = Pick<DiskFile, 'name' | 'length' | 'read' | 'close'>

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
  const bytes = file.read(0, file.length)
  file.close()
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** Ordinals of the segment files there are, ascending. */
export function segmentOrdinals(disk: ReadableDisk): readonly number[] {
  const ordinals = disk.list().map(segmentOrdinal)
  return ordinals.filter((ordinal) => ordinal !== null).sort((a, b) => a - b)
}
