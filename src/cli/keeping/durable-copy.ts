/**
 * Copies a file so that the copy is durable and known to be good: it is written under another name, read back from
 * the start and compared with what was read, and only then has its name.
 */
import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ReadableFile } from '../../ledger/readable-disk.ts'
import { syncFolder } from '../../ledger/replace-file.ts'

const chunkBytes = 4 * 1024 * 1024

/** Copies up to `bytes` of a file, zeros for the rest of its length. Returns the digest of the copy in hex. */
export async function copyDurably(from: ReadableFile, to: string): Promise<string> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 })
  const draft = `${to}.tmp`
  try {
    const file = await open(draft, 'w+', 0o600)
    try {
      const written = await write(file, from)
      await file.sync()
      if ((await digestOf(file)) !== written) throw new Error(`the copy ${to} is not what was written`)
      await rename(draft, to)
      syncFolder(dirname(to))
      return written
    } finally {
      await file.close()
    }
  } catch (problem) {
    await rm(draft, { force: true })
    throw problem
  }
}

async function write(file: FileHandle, from: ReadableFile): Promise<string> {
  const hash = createHash('sha256')
  for (let at = 0; at < from.length; at += chunkBytes) {
    const chunk = from.read(at, Math.min(chunkBytes, from.length - at))
    hash.update(chunk)
    // oxlint-disable-next-line no-await-in-loop -- one chunk after another is the point
    await file.write(chunk, 0, chunk.length, at)
  }
  return hash.digest('hex')
}

async function digestOf(file: FileHandle): Promise<string> {
  const hash = createHash('sha256')
  const chunk = new Uint8Array(chunkBytes)
  for (let at = 0; ;) {
    // oxlint-disable-next-line no-await-in-loop -- one chunk after another is the point
    const { bytesRead } = await file.read(chunk, 0, chunkBytes, at)
    if (bytesRead === 0) return hash.digest('hex')
    hash.update(chunk.subarray(0, bytesRead))
    at += bytesRead
  }
}

/** SHA-256 in hex of a file that is open for reading. */
export function digestOfFile(file: ReadableFile): string {
  const hash = createHash('sha256')
  for (let at = 0; at < file.length; at += chunkBytes) hash.update(file.read(at, chunkBytes))
  return hash.digest('hex')
}
