/** Bytes to encode into, which grow as they are needed. One is used for every batch of a ledger. */
import { roundUp } from './format.ts'

const stepBytes = 256 * 1024

/** A growing buffer. What stands in it stays where it is; `bytes` and `view` change when it grows. */
export class WriteBuffer {
  #bytes: Buffer = Buffer.alloc(stepBytes)
  #view: DataView = viewOf(this.#bytes)

  /** The bytes themselves. */
  get bytes(): Buffer {
    return this.#bytes
  }

  /** The same bytes, to write numbers to. */
  get view(): DataView {
    return this.#view
  }

  /** Sees to it that there are `length` bytes from the beginning. */
  reserve(length: number): void {
    if (length <= this.#bytes.length) return
    const grown = Buffer.alloc(roundUp(length * 2, stepBytes))
    this.#bytes.copy(grown)
    this.#bytes = grown
    this.#view = viewOf(grown)
  }
}

/** A view of all of `bytes`. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}
