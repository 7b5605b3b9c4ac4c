/**
 * Bytes that arrive in pieces, kept in one array that doubles. A list of pieces would do for honest peers; one that
 * sends a byte at a time would make us keep a hundred bytes for each of them.
 */

const smallest = 1024

/** An append-only run of bytes with a bound. */
export class GrowingBytes {
  readonly #maxBytes: number
  #bytes: Buffer = Buffer.alloc(0)
  #length = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get length(): number {
    return this.#length
  }

  /** Copies `piece` in. False, and nothing is kept of it, when that would be more than allowed. */
  append(piece: Uint8Array): boolean {
    const length = this.#length + piece.length
    if (length > this.#maxBytes) return false
    if (length > this.#bytes.length) {
      const capacity = Math.min(this.#maxBytes, Math.max(smallest, length, 2 * this.#bytes.length))
      const larger = Buffer.allocUnsafeSlow(capacity)
      this.#bytes.copy(larger, 0, 0, this.#length)
      this.#bytes = larger
    }
    this.#bytes.set(piece, this.#length)
    this.#length = length
    return true
  }

  /** All of it, which is then the caller's; what follows starts anew. */
  take(): Buffer {
    const whole = this.#bytes.subarray(0, this.#length)
    this.#bytes = Buffer.alloc(0)
    this.#length = 0
    return whole
  }
}
