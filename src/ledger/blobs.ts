/**
 * Sealed payloads too large for a record, by the SHA-256 of their sealed bytes. A blob is durable before the
 * event that names it, so a crash can leave a blob that no event names (harmless) but never the reverse.
 */
import { readFileSync } from 'node:fs'
import { access, mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { diskFailureOf } from './disk-failure.ts'
import type { DiskFailure } from './port.ts'

/** A store of sealed bytes by their digest (64 hex digits). */
export interface BlobStore {
  /**
   * Keeps `sealed`, whose digest the caller computed, and makes it durable before `done(null)`; never calls
   * `done` before returning. Putting what is there already succeeds.
   */
  put(digest: string, sealed: Uint8Array, done: (failure: DiskFailure | null) => void): void
  /** The bytes under that digest, unchecked, or null when there are none. */
  get(digest: string): Uint8Array | null
}

/** Blobs as files of `folder`, which must be there, in 256 sub-folders by the first two digits. */
export function folderBlobs(folder: string): BlobStore {
  /** Sub-folders whose names this process has made durable. */
  const shelves = new Set<string>()
  return {
    put(digest, sealed, done) {
      void settle(store(folder, shelves, digest, sealed), digest, done)
    },
    get(digest) {
      try {
        return new Uint8Array(readFileSync(join(folder, digest.slice(0, 2), digest)))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
        throw error
      }
    },
  }
}

async function settle(
  stored: Promise<void>,
  digest: string,
  done: (failure: DiskFailure | null) => void,
): Promise<void> {
  const failure = await stored.then(
    () => null,
    (error: unknown) => diskFailureOf(error, `blob ${digest}`),
  )
  done(failure)
}

async function store(
  folder: string,
  shelves: Set<string>,
  digest: string,
  sealed: Uint8Array,
): Promise<void> {
  const shelf = join(folder, digest.slice(0, 2))
  const path = join(shelf, digest)
  if (!shelves.has(shelf)) {
    // Not the folders above it: a folder that went away, as a disk that is no longer there, is a failure.
    await mkdir(shelf, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
    await sync(folder)
    shelves.add(shelf)
  }
  if (!(await exists(path))) await writeWhole(path, sealed)
  await sync(shelf)
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const draft = `${path}.tmp`
  try {
    const file = await open(draft, 'w', 0o600)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

async function sync(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Blobs in memory, for tests and the simulator. */
export function memoryBlobs(): BlobStore & { readonly all: Map<string, Uint8Array> } {
  const all = new Map<string, Uint8Array>()
  return {
    all,
    put(digest, sealed, done) {
      const copy = new Uint8Array(sealed)
      queueMicrotask(() => {
        all.set(digest, copy)
        done(null)
      })
    },
    get: (digest) => all.get(digest) ?? null,
  }
}
