/** The way back to a client that comes back when its connection broke: its request goes on meanwhile. */
import type { Reply } from '../mcp/reply.ts'
import type { EventStream } from './event-stream.ts'

/** A reply over a stream that may be resumed. */
export class ResumableReply implements Reply {
  readonly canStream = true
  readonly #stream: EventStream

  constructor(stream: EventStream) {
    this.#stream = stream
  }

  get gone(): AbortSignal {
    return this.#stream.gone
  }

  send(message: string): void {
    this.#stream.send(message)
  }

  keepAlive(): void {
    this.#stream.comment()
  }

  pause(): void {
    this.#stream.pause()
  }

  finish(message: string): void {
    this.#stream.send(message)
    this.#stream.end()
  }

  abandon(): void {
    this.#stream.end()
  }
}
