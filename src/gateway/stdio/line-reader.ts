/**
 * Lines out of a stream of bytes, one message each. A line that is too long is dropped up to its end and
 * reported, so that what follows is still understood.
 */

/** One line without its end, or null for one that was too long. */
export type Line = Uint8Array | null

const newline = 0x0a
const carriageReturn = 0x0d

/** Splits what it is given; holds at most one line. */
export class LineReader {
  readonly #maxBytes: number
  #parts: Uint8Array[] = []
  #length = 0
  #isTooLong = false

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** The lines that `chunk` completes. The chunk must not be changed afterwards. */
  push(chunk: Uint8Array): readonly Line[] {
    const lines: Line[] = []
    let start = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      this.#add(chunk.subarray(start, end))
      const line = this.#take()
      if (line === null || line.length > 0) lines.push(line)
      start = end + 1
    }
    this.#add(chunk.subarray(start))
    return lines
  }

  #add(part: Uint8Array): void {
    this.#length += part.length
    if (this.#length > this.#maxBytes) {
      this.#isTooLong = true
      this.#parts = []
    } else if (part.length > 0) {
      this.#parts.push(part)
    }
  }

  #take(): Line {
    const line = this.#isTooLong ? null : Buffer.concat(this.#parts)
    this.#parts = []
    this.#length = 0
    this.#isTooLong = false
    return line?.at(-1) === carriageReturn ? line.subarray(0, -1) : line
  }
}
