/**
 * The way back to the client of one POST: plain JSON while there is nothing to tell but the answer, an event
 * stream from the first thing told before it. A client that does not read what it is sent is cut off.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { sseEvent } from '../../mcp/sse.ts'
import type { Reply } from '../mcp/reply.ts'

/** Bytes that may wait for a client that reads slowly. */
const maxUnreadBytes = 4_194_304

/** Headers of every event stream. */
export const streamHeaders: { readonly [name: string]: string } = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store',
  'X-Accel-Buffering': 'no',
}

/** Answers with a JSON text. */
export function sendJson(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent || response.destroyed) return
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }).end(text)
}

/** Writes to a stream; false when its client was cut off, or is gone. */
export function writeStream(response: ServerResponse, text: string): boolean {
  if (response.destroyed || response.writableEnded) return false
  response.write(text)
  if (response.writableLength <= maxUnreadBytes) return true
  response.destroy()
  return false
}

/** The reply to one POST. */
export class HttpReply implements Reply {
  readonly canStream: boolean
  readonly #response: ServerResponse
  readonly #gone = new AbortController()
  readonly #prefersStream: boolean
  #isFinished = false

  /** `form` says how an answer is given that nothing came before, to a client that takes both. */
  constructor(request: IncomingMessage, response: ServerResponse, form: 'json' | 'stream') {
    this.#response = response
    this.canStream = takesStream(request)
    this.#prefersStream = this.canStream && form === 'stream'
    response.once('close', () => {
      if (!this.#isFinished) this.#gone.abort()
    })
  }

  get gone(): AbortSignal {
    return this.#gone.signal
  }

  send(message: string): void {
    if (this.#begin()) writeStream(this.#response, sseEvent(message))
  }

  keepAlive(): void {
    if (this.#begin()) writeStream(this.#response, ':\n\n')
  }

  /** A client of this kind would not come back. */
  pause(): void {
    // Nothing to do.
  }

  finish(message: string, status = 200): void {
    if (this.#isFinished) return
    this.#isFinished = true
    if (this.#prefersStream) this.#start()
    if (!this.#response.headersSent) return sendJson(this.#response, status, message)
    if (!this.#response.destroyed) this.#response.end(sseEvent(message))
  }

  abandon(): void {
    if (this.#isFinished) return
    this.#isFinished = true
    if (!this.#response.headersSent) this.#response.writeHead(202)
    this.#response.end()
  }

  #begin(): boolean {
    if (!this.canStream || this.#isFinished || this.#response.destroyed) return false
    this.#start()
    return true
  }

  #start(): void {
    if (!this.#response.headersSent && !this.#response.destroyed) this.#response.writeHead(200, streamHeaders)
  }
}

/** True for a client that takes event streams. */
export function takesStream({ headers }: IncomingMessage): boolean {
  return /text\/event-stream|\*\/\*/u.test(headers.accept ?? '')
}
