/**
 * Cuts a byte stream into lines. A program on the other end of a pipe may never send a newline, so the
 * unfinished line is bounded; chunks are joined once per line and never scanned twice.
 */

/** Splits at 0x0A. A trailing 0x0D is the caller's business. */
export class LineSplitter {
  readonly #maxLineBytes: number
  #partial: Uint8Array[] = []
  #partialBytes = 0

  /** `maxLineBytes` bounds one line without its newline. */
  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes
  }

  /**
   * Calls `line` for every line that `chunk` completes, in order, until it returns false. Returns false when
   * it stopped early: `line` said so, or a line is longer than allowed. The splitter is then spent.
   */
  push(chunk: Uint8Array, line: (bytes: Uint8Array) => boolean): boolean {
    let start = 0
    for (;;) {
      const newline = chunk.indexOf(0x0a, start)
      const piece = chunk.subarray(start, newline === -1 ? chunk.length : newline)
      if (this.#partialBytes + piece.length > this.#maxLineBytes) return false
      if (newline === -1) {
        if (piece.length > 0) this.#partial.push(piece)
        this.#partialBytes += piece.length
        return true
      }
      if (!line(this.#take(piece))) return false
      start = newline + 1
    }
  }

  #take(last: Uint8Array): Uint8Array {
    if (this.#partial.length === 0) return last
    const whole = Buffer.concat([...this.#partial, last])
    this.#partial = []
    this.#partialBytes = 0
    return whole
  }
}
