/**
 * Server-sent events, both ways. The parser follows the WHATWG algorithm (all three line endings, a leading byte
 * order mark, comments, `id`, `retry`, `event`) on bytes, so that a character split between two chunks is never
 * looked at in halves. Whoever sends the stream may be hostile: a line and an event are bounded, and time and
 * memory are linear in the bytes.
 */
import { GrowingBytes } from './growing-bytes.ts'

/** One event that carries data. */
export interface SseEvent {
  /** `message` unless the stream said otherwise. */
  readonly type: string
  /** The data lines, joined by line feeds. */
  readonly data: Buffer
}

/** Bytes of one event unless the caller says otherwise: its data, and each of its lines. */
export const defaultEventBytes = 4_194_304

const lineFeed = 0x0a
const carriageReturn = 0x0d
const colon = 0x3a
const space = 0x20
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])
const endOfLine = Buffer.from('\n')

/** Longest event type and id that are kept; longer ones are as if they had not been there. */
const nameBytes = 1024

/** Reads one stream. One parser per connection: what is unfinished when the connection ends is dropped. */
export class SseParser {
  /** The line that has begun. */
  readonly #line: GrowingBytes
  /** Data lines of the event that has begun, each with a line feed. */
  readonly #data: GrowingBytes
  #type = ''
  #nextId: string | null = null
  #started = false
  #spent = false
  /** The last byte was a carriage return: a line feed next belongs to it. */
  #returned = false
  #lastEventId: string | null = null
  #retryMs: number | null = null

  constructor(maxEventBytes: number = defaultEventBytes) {
    this.#line = new GrowingBytes(maxEventBytes)
    this.#data = new GrowingBytes(maxEventBytes)
  }

  /** Where to resume: the id of the last complete event that had one, or that one's. Null before the first. */
  get lastEventId(): string | null {
    return this.#lastEventId
  }

  /** How long the server wants to be left alone before a reconnection, in milliseconds. Null: it did not say. */
  get retryMs(): number | null {
    return this.#retryMs
  }

  /**
   * Calls `onEvent` for every event with data that `chunk` completes, in order. False when a line or an event is
   * longer than allowed: the parser is then spent and the stream should be left.
   */
  push(chunk: Uint8Array, onEvent: (event: SseEvent) => void): boolean {
    let start = this.#returned && chunk[0] === lineFeed ? 1 : 0
    if (chunk.length > 0) this.#returned = false
    let feed = chunk.indexOf(lineFeed, start)
    let back = chunk.indexOf(carriageReturn, start)
    while (!this.#spent) {
      const end = feed === -1 || (back !== -1 && back < feed) ? back : feed
      if (!this.#line.append(chunk.subarray(start, end === -1 ? chunk.length : end))) break
      if (end === -1) return true
      if (!this.#endLine(onEvent)) break
      start = end + 1
      if (end === back) {
        if (start === chunk.length) this.#returned = true
        if (chunk[start] === lineFeed) start++
        back = chunk.indexOf(carriageReturn, start)
      }
      if (feed < start) feed = chunk.indexOf(lineFeed, start)
    }
    this.#spent = true
    return false
  }

  /** False when the event has become too long. */
  #endLine(onEvent: (event: SseEvent) => void): boolean {
    let line = this.#line.take()
    if (!this.#started && line.subarray(0, 3).equals(byteOrderMark)) line = line.subarray(3)
    this.#started = true
    if (line.length > 0) return this.#field(line)
    this.#dispatch(onEvent)
    return true
  }

  #field(line: Buffer): boolean {
    const split = line.indexOf(colon)
    if (split === 0) return true
    const name = line.toString('latin1', 0, split === -1 ? line.length : split)
    let value = split === -1 ? line.subarray(line.length) : line.subarray(split + 1)
    if (value[0] === space) value = value.subarray(1)
    if (name === 'data') return this.#data.append(value) && this.#data.append(endOfLine)
    if (name === 'event') {
      this.#type = value.length > nameBytes ? '' : value.toString()
    } else if (name === 'id') {
      if (value.length <= nameBytes && !value.includes(0)) this.#nextId = value.toString()
    } else if (name === 'retry' && value.length <= 15) {
      const text = value.toString('latin1')
      if (/^\d+$/u.test(text)) this.#retryMs = Number(text)
    }
    return true
  }

  #dispatch(onEvent: (event: SseEvent) => void): void {
    const type = this.#type === '' ? 'message' : this.#type
    const data = this.#data.take()
    this.#type = ''
    if (this.#nextId !== null) this.#lastEventId = this.#nextId
    if (data.length > 1) onEvent({ type, data: data.subarray(0, -1) })
  }
}

/** One event as it stands on the wire. `id` must hold no line break; `data` may. */
export function sseEvent(data: string, id?: string): string {
  const lines = data.split(/\r\n|\r|\n/u).map((line) => `data: ${line}\n`)
  return `${id === undefined ? '' : `id: ${id}\n`}${lines.join('')}\n`
}
