/**
 * A folder in memory: what the ledger's tests, and programs that want no durability, run over. Completions
 * come as microtasks, in order, never before the call returns. Fails only by exceeding a capacity.
 */
import { invariant } from '../base/fault.ts'
import type { DiskFailure, DiskFile, RepairableDisk } from './port.ts'

/** A disk whose files can be looked at, copied and changed from outside. */
export interface MemoryDisk extends RepairableDisk {
  readonly files: Map<string, Uint8Array>
}

/** A disk that holds `files` (which it uses, not copies) and at most `capacity` bytes. */
export function memoryDisk(
  files: Map<string, Uint8Array> = new Map(),
  capacity: number = Infinity,
): MemoryDisk {
  return {
    files,
    list: () => [...files.keys()].sort(),
    open: (name) => (files.has(name) ? memoryFile(files, name) : null),
    create(name, length, done) {
      let used = 0
      for (const bytes of files.values()) used += bytes.length
      queueMicrotask(() => {
        if (files.has(name)) return done({ code: 'io', message: `${name} exists already` })
        if (used + length > capacity) return done({ code: 'no-space', message: `no space for ${name}` })
        files.set(name, new Uint8Array(length))
        done(memoryFile(files, name))
      })
    },
    replace(name, bytes, done) {
      const copy = new Uint8Array(bytes)
      queueMicrotask(() => {
        files.set(name, copy)
        done(null)
      })
    },
  }
}

function memoryFile(files: Map<string, Uint8Array>, name: string): DiskFile {
  let closed = false
  const content = (): Uint8Array => {
    const bytes = files.get(name)
    invariant(bytes !== undefined && !closed, `${name} is open`)
    return bytes
  }
  return {
    name,
    get length() {
      return content().length
    },
    read: (offset, length) => new Uint8Array(content().subarray(offset, offset + length)),
    write(offset, bytes, done) {
      const copy = new Uint8Array(bytes) // slice() of a Buffer would not copy
      queueMicrotask(() => done(store(files.get(name), offset, copy, name)))
    },
    close() {
      closed = true
    },
  }
}

function store(
  file: Uint8Array | undefined,
  offset: number,
  bytes: Uint8Array,
  name: string,
): DiskFailure | null {
  if (file === undefined || offset + bytes.length > file.length) {
    return { code: 'io', message: `${name} does not reach that far` }
  }
  file.set(bytes, offset)
  return null
}
