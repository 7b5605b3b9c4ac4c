/**
 * A real folder as a disk. Segments are opened for synchronous data writes (O_DSYNC) and written in full
 * beforehand, so that a commit is one system call that changes no metadata: the fastest durable write there
 * is, and measured faster when it does not go through the thread pool. The thread is blocked for one device
 * flush; everything that arrives meanwhile shares the next one.
 */
import {
  close,
  closeSync,
  constants,
  existsSync,
  fdatasyncSync,
  fstatSync,
  fsync,
  fsyncSync,
  mkdirSync,
  open,
  openSync,
  readdirSync,
  readSync,
  rename,
  rmSync,
  write,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { Fault, invariant } from '../base/fault.ts'
import { diskFailureOf } from './disk-failure.ts'
import type { Disk, DiskFailure, DiskFile } from './port.ts'
import type { ReadableDisk, ReadableFile } from './readable-disk.ts'

const draftSuffix = '.tmp'
const zeroChunk = Buffer.alloc(1024 * 1024)
/** Absent on platforms without it; there, a flush follows each write. */
const dsync: number | undefined = constants.O_DSYNC

const openFile = promisify(open)
const writeFile = promisify(write)
const syncFile = promisify(fsync)
const closeFile = promisify(close)
const renameFile = promisify(rename)

/** The folder as a disk; made if missing, with leftovers of unfinished creations removed. One at a time. */
export function nodeDisk(folder: string): Disk {
  if (mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined) syncFolder(dirname(folder))
  for (const name of readdirSync(folder)) {
    if (name.endsWith(draftSuffix)) rmSync(join(folder, name))
  }
  return {
    list: () => listFolder(folder),
    open: (name) => openWritable(folder, name),
    create(name, length, done) {
      void createWritable(folder, name, length, done)
    },
  }
}

/** The folder for reading only, also while another process writes to it. */
export function readableFolder(folder: string): ReadableDisk {
  return {
    list: () => listFolder(folder),
    open(name) {
      const descriptor = tryOpen(join(folder, name), constants.O_RDONLY)
      return descriptor === null ? null : readable(name, descriptor)
    },
  }
}

function listFolder(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => !name.endsWith(draftSuffix))
    .sort()
}

function tryOpen(path: string, flags: number): number | null {
  try {
    return openSync(path, flags)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

function readable(name: string, descriptor: number): ReadableFile {
  let isOpen = true
  return {
    name,
    length: fstatSync(descriptor).size,
    read: (offset, length) => readFully(name, descriptor, offset, length),
    close() {
      if (isOpen) closeSync(descriptor)
      isOpen = false
    },
  }
}

function readFully(name: string, descriptor: number, offset: number, length: number): Uint8Array {
  const size = Math.max(0, Math.min(length, fstatSync(descriptor).size - offset))
  const bytes = Buffer.allocUnsafeSlow(size)
  let done = 0
  try {
    while (done < size) {
      const read = readSync(descriptor, bytes, done, size - done, offset + done)
      if (read === 0) return bytes.subarray(0, done)
      done += read
    }
  } catch (error) {
    throw new Fault(`${name} cannot be read at ${offset + done}: ${(error as Error).message}`)
  }
  return bytes
}

function openWritable(folder: string, name: string): DiskFile | null {
  const descriptor = tryOpen(join(folder, name), constants.O_RDWR | (dsync ?? 0))
  if (descriptor === null) return null
  let failed: DiskFailure | null = null
  return {
    ...readable(name, descriptor),
    write(offset, bytes, done) {
      failed ??= writeDurably(name, descriptor, offset, bytes)
      const result = failed
      process.nextTick(() => done(result))
    },
  }
}

/** One write may be taken in parts; each part is durable when its call returns. */
function writeDurably(
  name: string,
  descriptor: number,
  offset: number,
  bytes: Uint8Array,
): DiskFailure | null {
  try {
    let done = 0
    while (done < bytes.length) {
      const written = writeSync(descriptor, bytes, done, bytes.length - done, offset + done)
      invariant(written > 0, 'a write that took nothing')
      done += written
    }
    if (dsync === undefined) fdatasyncSync(descriptor)
    return null
  } catch (error) {
    if (error instanceof Fault) throw error
    return diskFailureOf(error, name)
  }
}

async function createWritable(
  folder: string,
  name: string,
  length: number,
  done: (result: DiskFile | DiskFailure) => void,
): Promise<void> {
  const failure = await createZeroed(folder, name, length).then(
    () => null,
    (error: unknown) => diskFailureOf(error, name),
  )
  done(failure ?? openWritable(folder, name) ?? { code: 'io', message: `${name} vanished` })
}

/** Under another name until its zeros are on disk, so that a segment is there whole or not at all. */
async function createZeroed(folder: string, name: string, length: number): Promise<void> {
  const path = join(folder, name)
  const draft = path + draftSuffix
  if (existsSync(path)) throw new Error(`${name} exists already`)
  try {
    const descriptor = await openFile(draft, 'wx', 0o600)
    try {
      await writeZeros(descriptor, length)
      await syncFile(descriptor)
    } finally {
      await closeFile(descriptor)
    }
    await renameFile(draft, path)
    const handle = await openFile(folder, 'r')
    await syncFile(handle).finally(() => closeFile(handle))
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

async function writeZeros(descriptor: number, length: number): Promise<void> {
  let at = 0
  while (at < length) {
    const { bytesWritten } = await writeFile(
      descriptor,
      zeroChunk,
      0,
      Math.min(zeroChunk.length, length - at),
      at,
    )
    at += bytesWritten
  }
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  fsyncSync(descriptor)
  closeSync(descriptor)
}
