/**
 * The batches of a segment one after another, through a window of memory that is used again: small enough to stay in
 * the processor's cache, while fresh memory for a whole segment costs several times what reading it does.
 */
import { statedLength } from '../batch.ts'
import { batchHeaderBytes, segmentHeaderBytes } from '../format.ts'
import type { ReadableFile } from '../readable-disk.ts'

const windowBytes = 256 * 1024

/** One segment, from its first batch on. Nothing that is given out is valid after the next step. */
export class FrameWindow {
  readonly #file: ReadableFile
  #bytes: Buffer = Buffer.allocUnsafeSlow(windowBytes)
  #view = new DataView(this.#bytes.buffer)
  /** Where in the file the window begins, and how much of it is filled. */
  #start = 0
  #filled = 0
  #offset = segmentHeaderBytes
  #length = 0

  constructor(file: ReadableFile) {
    this.#file = file
  }

  /** Memory in which the present batch is, at `at`. */
  get bytes(): Buffer {
    return this.#bytes
  }

  /** The same memory. */
  get view(): DataView {
    return this.#view
  }

  /** Where the present batch is in `bytes`. */
  get at(): number {
    return this.#offset - this.#start
  }

  /** Offset of the present batch in the file. */
  get offset(): number {
    return this.#offset
  }

  /** Length of the present batch. */
  get length(): number {
    return this.#length
  }

  /** Goes on to the next batch. False when there is none, or not all of it. */
  next(): boolean {
    this.#offset += this.#length
    this.#length = 0
    if (!this.#has(batchHeaderBytes)) return false
    const length = statedLength(this.#bytes, this.at)
    if (length === null || !this.#has(length)) return false
    this.#length = length
    return true
  }

  /** Brings `length` bytes from the present offset on into the window, if the file has them. */
  #has(length: number): boolean {
    if (this.at + length <= this.#filled) return true
    if (length > this.#bytes.length) {
      this.#bytes = Buffer.allocUnsafeSlow(length)
      this.#view = new DataView(this.#bytes.buffer)
    }
    this.#start = this.#offset
    this.#filled = this.#read()
    return length <= this.#filled
  }

  #read(): number {
    if (this.#file.readInto !== undefined) return this.#file.readInto(this.#bytes, this.#offset)
    const bytes = this.#file.read(this.#offset, this.#bytes.length)
    this.#bytes.set(bytes)
    return bytes.length
  }
}
