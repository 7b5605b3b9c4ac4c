/**
 * Frames on their way out. What one turn makes leaves in one write, because a write is a system call and a
 * frame is not worth one; and a reader that does not read is given up before its backlog becomes our memory.
 * Every frame has a position, so that it can be said for certain of some frames that they never left.
 */
import type { Transport } from './transport.ts'

/** What an outbox is given. */
export interface OutboxOptions {
  readonly transport: Transport
  readonly maxBufferedBytes: number
  readonly schedule: (flush: () => void) => void
  /** Called when more would wait than may; what was added and not flushed will never leave. */
  readonly onBacklog: (message: string) => void
}

/** Bytes that make a flush worth while before the turn is over. */
const eagerBytes = 256 * 1024

/** The frames of one connection that have not left. */
export class Outbox {
  readonly #options: OutboxOptions
  readonly #flush: () => void
  #chunks: Uint8Array[] = []
  #bytes = 0
  #scheduled = false
  #closed = false
  #next = 0
  #flushed = 0

  constructor(options: OutboxOptions) {
    this.#options = options
    this.#flush = () => {
      this.#scheduled = false
      this.flush()
    }
  }

  /** The position the next frame will get. */
  get nextPosition(): number {
    return this.#next
  }

  /** Every frame at or after this position has not been handed to the transport. */
  get flushedPosition(): number {
    return this.#flushed
  }

  /** Bytes that were added and have not left this process. */
  get waitingBytes(): number {
    return this.#bytes + this.#options.transport.bufferedBytes()
  }

  /** Takes one encoded frame; it leaves at the end of the turn. */
  add(frame: Uint8Array): void {
    if (this.#closed) return
    this.#push(frame)
    if (this.#bytes >= eagerBytes) this.flush()
    else if (!this.#scheduled) {
      this.#scheduled = true
      this.#options.schedule(this.#flush)
    }
  }

  /** Sends everything that waits and `frame` after it, then nothing more. */
  finish(frame: Uint8Array): void {
    if (this.#isBacklogged()) return this.abandon(frame)
    this.#push(frame)
    this.#write()
    this.#closed = true
  }

  /** Drops everything that waits, sends `frame` alone, then nothing more. */
  abandon(frame: Uint8Array): void {
    this.close()
    this.#options.transport.write(frame)
  }

  /** Hands everything to the transport. */
  flush(): void {
    if (this.#closed || this.#chunks.length === 0) return
    if (this.#isBacklogged())
      this.#options.onBacklog(`more than ${this.#options.maxBufferedBytes} bytes wait to be read`)
    else this.#write()
  }

  /** Drops everything that waits; nothing leaves any more. */
  close(): void {
    this.#closed = true
    this.#chunks = []
    this.#bytes = 0
  }

  #isBacklogged(): boolean {
    return (
      this.#bytes > 0 &&
      this.#options.transport.bufferedBytes() + this.#bytes > this.#options.maxBufferedBytes
    )
  }

  #push(frame: Uint8Array): void {
    this.#chunks.push(frame)
    this.#bytes += frame.length
    this.#next++
  }

  #write(): void {
    const chunks = this.#chunks
    const bytes = chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks, this.#bytes)
    this.#chunks = []
    this.#bytes = 0
    this.#flushed = this.#next
    this.#options.transport.write(bytes)
  }
}
