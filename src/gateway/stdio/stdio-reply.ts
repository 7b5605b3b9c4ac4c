/** The way back to the client of one request where everything shares one pipe. */
import type { Reply } from '../mcp/reply.ts'

/** Writes one message; each is one line already. */
export type WriteLine = (message: string) => void

/** The reply to one request on a pipe. */
export class StdioReply implements Reply {
  readonly canStream = true
  readonly #write: WriteLine
  readonly #gone = new AbortController()
  #isOver = false

  constructor(write: WriteLine) {
    this.#write = write
  }

  get gone(): AbortSignal {
    return this.#gone.signal
  }

  /** The client withdrew the request: nothing more is said about it. */
  withdraw(): void {
    this.#isOver = true
    this.#gone.abort()
  }

  send(message: string): void {
    if (!this.#isOver) this.#write(message)
  }

  /** A pipe has nothing between messages. */
  keepAlive(): void {
    // Nothing to do.
  }

  /** A pipe is not let go of. */
  pause(): void {
    // Nothing to do.
  }

  finish(message: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#write(message)
  }

  abandon(): void {
    this.#isOver = true
  }
}
