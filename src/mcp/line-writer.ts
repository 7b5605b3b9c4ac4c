/**
 * Messages on their way into a pipe, one a line. Those that one turn makes leave in one write, because a write is
 * a system call here and wakes a process there, and a message is worth neither; a lone message leaves before the
 * turn is over. Whoever does not read is noticed before what waits becomes our memory.
 */
import type { Writable } from 'node:stream'

/** How lines are written. */
export interface LineWriterOptions {
  /** Bytes that may wait to be read. */
  readonly maxUnreadBytes: number
  /** Called when more waits; never from within `write`. */
  readonly onUnread: () => void
}

/** Bytes that make a write worth while before the turn is over: as much as a pipe takes. */
const eagerBytes = 65_536

const newline: Uint8Array = Buffer.from('\n')

/** Writes lines to one pipe, which stays the caller's: its errors and its end are not handled here. */
export class LineWriter {
  readonly #pipe: Writable
  readonly #options: LineWriterOptions
  #parts: Uint8Array[] = []
  #bytes = 0
  #isScheduled = false

  constructor(pipe: Writable, options: LineWriterOptions) {
    this.#pipe = pipe
    this.#options = options
  }

  /** Takes one message without its line break, and owns its bytes from now on. */
  write(message: Uint8Array): void {
    this.#parts.push(message, newline)
    this.#bytes += message.length + newline.length
    if (this.#bytes >= eagerBytes) this.flush()
    if (this.#isScheduled) return
    this.#isScheduled = true
    process.nextTick(() => this.#endTurn())
  }

  /** Hands everything to the pipe. What a pipe that is gone was to be told is dropped. */
  flush(): void {
    const parts = this.#parts
    const bytes = this.#bytes
    this.#parts = []
    this.#bytes = 0
    if (bytes > 0 && !this.#pipe.destroyed) this.#pipe.write(Buffer.concat(parts, bytes))
  }

  #endTurn(): void {
    this.#isScheduled = false
    this.flush()
    if (this.#pipe.writableLength > this.#options.maxUnreadBytes) this.#options.onUnread()
  }
}
