/**
 * How much room a program takes on disks: what lies in its folders, and what it has deleted and still holds
 * open, which no folder shows and which is how a program would fill a disk unseen.
 */
import { readdirSync, readlinkSync, statfsSync, statSync } from 'node:fs'
import { lstat, opendir } from 'node:fs/promises'
import { join } from 'node:path'

const blockBytes = 512
/** A file or folder takes room even when it is empty, and a disk has only so many of them. */
const leastBytes = 1_024
/** What `statfs` calls a file system that is in memory. */
const memoryFileSystem = 0x0102_1994

/** Bytes in `folders`, files with several names once; stops counting once it is more than `enoughBytes`. */
export async function diskUse(folders: readonly string[], enoughBytes: number): Promise<number> {
  const seen = new Set<string>()
  const waiting = [...folders]
  let bytes = 0
  for (let folder = waiting.pop(); folder !== undefined && bytes <= enoughBytes; folder = waiting.pop()) {
    for (const name of await namesIn(folder)) {
      const path = join(folder, name)
      const found = await lstat(path).catch(() => null)
      if (found === null) continue
      if (found.isDirectory()) waiting.push(path)
      if (found.nlink > 1 && !found.isDirectory()) {
        const file = `${found.dev}:${found.ino}`
        if (seen.has(file)) continue
        seen.add(file)
      }
      bytes += Math.max(leastBytes, found.blocks * blockBytes)
      if (bytes > enoughBytes) break
    }
  }
  return bytes
}

/**
 * Bytes of deleted files that these processes hold open on a disk; what is in memory, such as their own
 * temporary folders, is not meant. What may not be looked at counts nothing.
 */
export function deletedUse(pids: readonly number[]): number {
  const seen = new Set<string>()
  let bytes = 0
  for (const pid of pids) {
    for (const descriptor of entries(`/proc/${pid}/fd`)) {
      const found = deletedFile(`/proc/${pid}/fd/${descriptor}`)
      if (found === null || seen.has(found.file)) continue
      seen.add(found.file)
      bytes += found.bytes
    }
  }
  return bytes
}

function deletedFile(path: string): { readonly file: string; readonly bytes: number } | null {
  try {
    if (!readlinkSync(path).endsWith(' (deleted)')) return null
    const found = statSync(path)
    if (!found.isFile() || found.nlink > 0 || statfsSync(path).type === memoryFileSystem) return null
    return { file: `${found.dev}:${found.ino}`, bytes: found.blocks * blockBytes }
  } catch {
    return null
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  const names: string[] = []
  try {
    for await (const { name } of await opendir(folder)) names.push(name)
  } catch {
    // It was taken away, or it is ours to make and not to read, as an overlay's workshop is.
  }
  return names
}

function entries(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
