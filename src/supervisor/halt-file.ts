/**
 * A halt file: while it exists, its scope stands still, whoever starts the home. Writing it must work when
 * nothing else does, so its space is set aside beforehand, in a spare file that is overwritten in place and
 * renamed: a full disk cannot stop a halt. Writing and making durable are two steps, because the kills come
 * in between: once written the file outlives every process, and only the loss of the machine's power, which
 * kills everything as well, could still undo it.
 */
import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { isJsonObject } from '../base/json.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import type { HaltRecord } from './supervision.ts'

const reservedBytes = 8192
const blank = 0x20
const longestBy = 128
const longestReason = 1024

/** A record whose texts are bounded and well formed, so that it always fits the space set aside. */
export function haltRecord(requestedAt: number, by: string, reason: string): HaltRecord {
  const requestedBy = by.slice(0, longestBy).toWellFormed()
  return { requestedAt, requestedBy, reason: reason.slice(0, longestReason).toWellFormed() }
}

/** The halt file of one scope. */
export class HaltFile {
  readonly #path: string
  readonly #spare: string

  /** The folders of both must exist, on one disk. Sets the space aside in `spare`, as well as the disk allows. */
  constructor(path: string, spare: string) {
    this.#path = path
    this.#spare = spare
    this.#reserve()
  }

  /**
   * The record, or null when there is no halt file. One that somebody else put there, with whatever content,
   * halts too: it is read as a halt by nobody in particular.
   */
  read(): HaltRecord | null {
    const status = statSync(this.#path, { throwIfNoEntry: false })
    if (status === undefined) return null
    return this.#readRecord() ?? haltRecord(Math.trunc(status.mtimeMs), 'file', 'a halt file was put there')
  }

  /** Whether there is a halt file. */
  exists(): boolean {
    return statSync(this.#path, { throwIfNoEntry: false }) !== undefined
  }

  /** Writes the file, not yet durably. False when the disk refuses even that. Never throws. */
  write(record: HaltRecord): boolean {
    // All of the space is written, so that nothing has to be cut off: blanks follow the line.
    const bytes = Buffer.alloc(reservedBytes, blank)
    bytes.write(`${JSON.stringify(record)}\n`)
    return this.#overwrite(this.#spare, bytes) || this.#overwrite(`${this.#path}.new`, bytes)
  }

  /** Makes the written file durable. False when the disk refuses. Never throws. */
  sync(): boolean {
    return attempt(() => {
      syncPath(this.#path)
      syncPath(dirname(this.#path))
    })
  }

  /** Removes the file durably and sets its space aside again. False when it is still there. Never throws. */
  remove(): boolean {
    if (!attempt(() => renameSync(this.#path, this.#spare))) attempt(() => unlinkSync(this.#path))
    attempt(() => syncPath(dirname(this.#path)))
    this.#reserve()
    return !this.exists()
  }

  #readRecord(): HaltRecord | null {
    try {
      const bytes = readFileSync(this.#path)
      const end = bytes.indexOf(0x0a)
      const parsed = parseStrictJson(end === -1 ? bytes : bytes.subarray(0, end))
      if (!parsed.ok || !isJsonObject(parsed.value)) return null
      const { requestedAt, requestedBy, reason } = parsed.value as { readonly [name: string]: unknown } & {
        requestedAt?: unknown
        requestedBy?: unknown
        reason?: unknown
      }
      if (!Number.isSafeInteger(requestedAt) || typeof requestedBy !== 'string') return null
      return haltRecord(requestedAt as number, requestedBy, typeof reason === 'string' ? reason : '')
    } catch {
      return null
    }
  }

  #overwrite(from: string, bytes: Uint8Array): boolean {
    return attempt(() => {
      const file = openSync(from, from === this.#spare ? 'r+' : 'w', 0o600)
      try {
        writeSync(file, bytes, 0, bytes.length, 0)
      } finally {
        closeSync(file)
      }
      renameSync(from, this.#path)
    })
  }

  #reserve(): void {
    if ((statSync(this.#spare, { throwIfNoEntry: false })?.size ?? 0) >= reservedBytes) return
    attempt(() => {
      const file = openSync(this.#spare, 'w', 0o600)
      try {
        // Not zeros: some file systems would make a hole of them.
        writeSync(file, Buffer.alloc(reservedBytes, blank))
        fdatasyncSync(file)
      } finally {
        closeSync(file)
      }
    })
  }
}

function syncPath(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function attempt(work: () => void): boolean {
  try {
    work()
    return true
  } catch {
    return false
  }
}
