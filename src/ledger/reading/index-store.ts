/**
 * Where index files are kept: a folder beside the ledger's, or nowhere, where that cannot be written to. Whoever reads
 * the ledger may write there; two who build the same file build the same bytes, and the last name given stays.
 */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readableFolder } from '../node-disk.ts'
import type { ReadableFile } from '../readable-disk.ts'

/** Files that may be deleted at any time. */
export interface IndexStore {
  open(name: string): ReadableFile | null
  /** Keeps a file, and not the memory that it was in. False when it cannot: the index is then used from memory. */
  write(name: string, bytes: Uint8Array): boolean
}

/** Name of the index file of a segment. */
export function indexName(ordinal: number): string {
  return `${String(ordinal).padStart(8, '0')}.idx`
}

/** Index files in `folder`, made when the first one is. */
export function folderIndexes(folder: string): IndexStore {
  const disk = readableFolder(folder)
  let isWritable = true
  return {
    open(name) {
      try {
        return disk.open(name)
      } catch {
        return null
      }
    },
    write(name, bytes) {
      if (!isWritable) return false
      const draft = join(folder, `${name}.${process.pid}.tmp`)
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 })
        // Not flushed: a file that a crash leaves incomplete does not match its checksums and is built anew.
        writeFileSync(draft, bytes, { mode: 0o600 })
        renameSync(draft, join(folder, name))
        return true
      } catch {
        isWritable = false
        rmSync(draft, { force: true })
        return false
      }
    },
  }
}

/** Index files in memory, for those who may not write: at most `most`, the latest ones. */
export function memoryIndexes(most: number = 32): IndexStore {
  const files = new Map<string, Uint8Array>()
  return {
    open: (name) => {
      const bytes = files.get(name)
      return bytes === undefined ? null : fileInMemory(name, bytes)
    },
    write(name, bytes) {
      files.delete(name)
      files.set(name, new Uint8Array(bytes))
      const oldest = files.keys().next()
      if (files.size > most && oldest.done !== true) files.delete(oldest.value)
      return true
    },
  }
}

/** Bytes as an open file. */
export function fileInMemory(name: string, bytes: Uint8Array): ReadableFile {
  const read = (offset: number, length: number): Uint8Array => bytes.slice(offset, offset + length)
  return { name, length: bytes.length, read, close: () => undefined }
}
