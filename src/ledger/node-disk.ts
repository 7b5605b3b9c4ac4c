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
import type { DiskFailure, DiskFile, RepairableDisk } from './port.ts'
import type { ReadableDisk, ReadableFile } from './readable-disk.ts'
import { syncFolder } from './replace-file.ts'

const draftSuffix = '.tmp'
const zeroChunk = Buffer.alloc(1024 * 1024)
/** Absent on platforms without it; there, a flush follows each write. */
const dsync: number | undefined = constants.O_DSYNC

const openFile = promisify(open)
const writeFile = promisify(write)
const syncFile = promisify(fsync)
const closeFile = promisify(close)
const renameFile = promisify(rename)

/** How a folder is written. */
export interface NodeDiskOptions {
  /** Commits go through the thread pool, so that the thread can commit to another disk at the same time. */
  readonly inBackground?: boolean
}

/** The folder as a disk; made if missing, with leftovers of unfinished creations removed. One at a time. */
export function nodeDisk(folder: string, { inBackground = false }: NodeDiskOptions = {}): RepairableDisk {
  if (mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined) syncFolder(dirname(folder))
  for (const name of readdirSync(folder)) {
    if (name.endsWith(draftSuffix)) rmSync(join(folder, name))
  }
  return {
    list: () => listFolder(folder),
    open: (name) => openWritable(folder, name, inBackground),
    create(name, length, done) {
      if (existsSync(join(folder, name)))
        return process.nextTick(() => done({ code: 'io', message: `${name}: ${name} exists already` }))
      const created = put(folder, name, (descriptor) => writeZeros(descriptor, length))
      void settle(created, (failure) => {
        const vanished: DiskFailure = { code: 'io', message: `${name} vanished` }
        done(failure ?? openWritable(folder, name, inBackground) ?? vanished)
      })
    },
    replace(name, bytes, done) {
      const replaced = put(folder, name, (descriptor) => writeBytes(descriptor, bytes))
      void settle(replaced, done)
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
    readInto: (target, offset) => readInto(name, descriptor, target, offset),
    close() {
      if (isOpen) closeSync(descriptor)
      isOpen = false
    },
  }
}

function readFully(name: string, descriptor: number, offset: number, length: number): Uint8Array {
  const size = Math.max(0, Math.min(length, fstatSync(descriptor).size - offset))
  const bytes = Buffer.allocUnsafeSlow(size)
  return bytes.subarray(0, readInto(name, descriptor, bytes, offset))
}

function readInto(name: string, descriptor: number, bytes: Uint8Array, offset: number): number {
  let done = 0
  try {
    while (done < bytes.length) {
      const read = readSync(descriptor, bytes, done, bytes.length - done, offset + done)
      if (read === 0) break
      done += read
    }
  } catch (error) {
    throw new Fault(`${name} cannot be read at ${offset + done}: ${(error as Error).message}`)
  }
  return done
}

function openWritable(folder: string, name: string, inBackground: boolean): DiskFile | null {
  const descriptor = tryOpen(join(folder, name), constants.O_RDWR | (dsync ?? 0))
  if (descriptor === null) return null
  let failed: DiskFailure | null = null
  const isWrittenHere = !inBackground || dsync === undefined
  return {
    ...readable(name, descriptor),
    write(offset, bytes, done) {
      const end = (failure: DiskFailure | null): void => {
        failed ??= failure
        done(failed)
      }
      if (failed === null && !isWrittenHere)
        return void settle(writeInPool(name, descriptor, offset, bytes), end)
      const failure = failed ?? writeDurably(name, descriptor, offset, bytes)
      process.nextTick(() => end(failure))
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

async function settle(
  ended: Promise<DiskFailure | null>,
  done: (failure: DiskFailure | null) => void,
): Promise<void> {
  done(await ended)
}

/** The same on a thread of the pool. */
async function writeInPool(
  name: string,
  descriptor: number,
  offset: number,
  bytes: Uint8Array,
): Promise<DiskFailure | null> {
  return writeBytes(descriptor, bytes, offset).then(
    () => null,
    (error: unknown) => diskFailureOf(error, name),
  )
}

/** Under another name until its content is on disk, so that a file is there whole or not at all. */
async function put(
  folder: string,
  name: string,
  fill: (descriptor: number) => Promise<void>,
): Promise<DiskFailure | null> {
  const path = join(folder, name)
  const draft = path + draftSuffix
  try {
    const descriptor = await openFile(draft, 'w', 0o600)
    try {
      await fill(descriptor)
      await syncFile(descriptor)
    } finally {
      await closeFile(descriptor)
    }
    await renameFile(draft, path)
    const handle = await openFile(folder, 'r')
    await syncFile(handle).finally(() => closeFile(handle))
    return null
  } catch (error) {
    rmSync(draft, { force: true })
    return diskFailureOf(error, name)
  }
}

async function writeBytes(descriptor: number, bytes: Uint8Array, offset = 0): Promise<void> {
  let at = 0
  while (at < bytes.length) {
    const { bytesWritten } = await writeFile(descriptor, bytes, at, bytes.length - at, offset + at)
    invariant(bytesWritten > 0, 'a write that took nothing')
    at += bytesWritten
  }
}

async function writeZeros(descriptor: number, length: number): Promise<void> {
  for (let at = 0; at < length; at += zeroChunk.length)
    await writeBytes(descriptor, zeroChunk.subarray(0, length - at), at)
}
