/**
 * How much room a program takes on disks: what lies in its folders, and what it has deleted and still holds
 * open, which no folder shows and which is how a program would fill a disk unseen.
 */
import { execFile } from 'node:child_process'
import { readdirSync, readlinkSync, statfsSync, statSync } from 'node:fs'
import { lstat, opendir } from 'node:fs/promises'
import { join } from 'node:path'

const blockBytes = 512
/** A file or folder takes room even when it is empty, and a disk has only so many of them. */
const leastBytes = 1_024
/** In a store: an overlay's workshop, which is the kernel's to make and nobody's to read. */
const kernelsOwn = 'work/work'
const longestMs = 10_000
/** What `statfs` calls a file system that is in memory. */
const memoryFileSystem = 0x0102_1994

/** What was counted, and whether all of it could be. */
export interface DiskUse {
  readonly bytes: number
  /** Whether nothing was in the way: a program can close a folder to us, or nest deeper than a path can say. */
  readonly isWhole: boolean
}

/** Bytes in `folders`, files with several names once; stops counting once it is more than `enoughBytes`. */
export async function diskUse(folders: readonly string[], enoughBytes: number): Promise<DiskUse> {
  const seen = new Set<string>()
  const waiting = [...folders]
  let [bytes, isWhole] = [0, true]
  for (let folder = waiting.pop(); folder !== undefined && bytes <= enoughBytes; folder = waiting.pop()) {
    const names = await namesIn(folder)
    if (names === null) isWhole = isWhole && folders.some((own) => folder === join(own, kernelsOwn))
    for (const name of names ?? []) {
      const path = join(folder, name)
      const found = await lstat(path).catch((problem: unknown) => (isGone(problem) ? null : undefined))
      if (found === undefined) isWhole = false
      if (!found) continue
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
  return { bytes, isWhole }
}

/**
 * The same by `du`, which finds its way however deep things are, as a user who may look everywhere: root of a namespace
 * in which nobody else is. Null when that cannot be had.
 */
export async function diskUseOfAll(folders: readonly string[]): Promise<number | null> {
  const asRoot = process.getuid?.() === 0 ? [] : ['/usr/bin/unshare', '--user', '--map-root-user']
  const [command = '', ...args] = [...asRoot, '/usr/bin/du', '-scx', '-B1', '--', ...folders]
  const { promise, resolve } = Promise.withResolvers<number | null>()
  execFile(command, args, { timeout: longestMs, killSignal: 'SIGKILL', env: {} }, (problem, text) => {
    const total = /^(?<bytes>\d+)\ttotal$/mu.exec(text)?.groups?.['bytes']
    // What vanishes while it is counted makes du complain, and its sum is good all the same.
    resolve(problem?.killed === true || total === undefined ? null : Number(total))
  })
  return promise
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

/** Null when it cannot be looked into. */
async function namesIn(folder: string): Promise<readonly string[] | null> {
  const names: string[] = []
  try {
    for await (const { name } of await opendir(folder)) names.push(name)
  } catch (problem) {
    return isGone(problem) ? names : null
  }
  return names
}

function isGone(problem: unknown): boolean {
  return problem instanceof Error && 'code' in problem && problem.code === 'ENOENT'
}

function entries(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
