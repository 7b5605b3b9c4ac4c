/**
 * A file through a window of memory that is used again: small enough to stay in the processor's cache, while fresh
 * memory for a whole segment costs several times what reading it does.
 */
import type { ReadableFile } from '../readable-disk.ts'

const windowBytes = 512 * 1024

/** Any part of one file after another. */
export class FrameWindow {
  #file: ReadableFile | null = null
  #bytes: Buffer = Buffer.alloc(0)
  #view = new DataView(this.#bytes.buffer)
  /** Where in the file the window begins, and how much of it is filled. */
  #start = 0
  #filled = 0

  /** Reads from `file` from now on. */
  open(file: ReadableFile): void {
    this.#file = file
    this.#filled = 0
  }

  /** The window's memory. */
  get bytes(): Buffer {
    return this.#bytes
  }

  /** The same memory. */
  get view(): DataView {
    return this.#view
  }

  /** Where in `bytes` the `length` bytes from `offset` on stand, up to the next call; -1 if the file has not so many. */
  bring(offset: number, length: number): number {
    const at = offset - this.#start
    if (at >= 0 && at + length <= this.#filled) return at
    if (length > this.#bytes.length) {
      this.#bytes = Buffer.allocUnsafeSlow(Math.max(windowBytes, length))
      this.#view = new DataView(this.#bytes.buffer)
    }
    this.#start = offset
    this.#filled = this.#read(offset)
    return length <= this.#filled ? 0 : -1
  }

  #read(offset: number): number {
    if (this.#file?.readInto !== undefined) return this.#file.readInto(this.#bytes, offset)
    const bytes = this.#file?.read(offset, this.#bytes.length) ?? new Uint8Array()
    this.#bytes.set(bytes)
    return bytes.length
  }
}
