/** Tiles in a folder, and in memory. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { TileStore } from './tiles.ts'

/** The folder as a tile store. It is made when the first tile is written. */
export function folderTiles(folder: string): TileStore {
  return {
    read(path) {
      try {
        return readFileSync(join(folder, path))
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code === 'ENOENT' || code === 'ENOTDIR') return null
        throw error
      }
    },
    has: (path) => existsSync(join(folder, path)),
    write(path, bytes) {
      const file = join(folder, path)
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
      writeFileSync(`${file}.tmp`, bytes, { mode: 0o600 })
      renameSync(`${file}.tmp`, file)
    },
    remove: (path) => rmSync(join(folder, path), { recursive: true, force: true }),
  }
}

/** Tiles that are gone with the process. */
export function memoryTiles(): TileStore & { readonly files: Map<string, Uint8Array> } {
  const files = new Map<string, Uint8Array>()
  return {
    files,
    read: (path) => files.get(path) ?? null,
    has: (path) => files.has(path),
    write: (path, bytes) => void files.set(path, Uint8Array.from(bytes)),
    remove(path) {
      for (const name of files.keys()) if (name === path || name.startsWith(`${path}/`)) files.delete(name)
    },
  }
}
