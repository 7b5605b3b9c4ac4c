/**
 * The event streams that may be resumed, and what is kept of them. Memory is shared by all agents; when it runs
 * out, the agent that uses most of it loses first, so that nobody can make another's streams be forgotten. An
 * event id is good only in the session that it was given to.
 */
import { randomBytes } from 'node:crypto'
import { toBase64url } from '../../base/base64url.ts'
import type { StreamKeeper, StreamLimits, StreamOwner } from './event-stream.ts'
import { EventStream } from './event-stream.ts'

/** Bounds on all streams. */
export interface StoreLimits extends StreamLimits {
  /** Bytes that are kept of all streams. */
  readonly allBytes: number
  /** How long a stream that has ended is kept. */
  readonly keepMs: number
}

/** Where a stream is resumed. */
export interface Cursor {
  readonly stream: EventStream
  /** Number of the last event that the client saw. */
  readonly after: number
}

/** What an event stream carries: what concerns one request, or what concerns none. */
export type StreamKind = 'answer' | 'listening'

interface Shelf {
  bytes: number
  readonly live: Set<EventStream>
  /** With the time they ended, oldest first. */
  readonly ended: Map<EventStream, number>
}

const usual: StoreLimits = {
  events: 256,
  bytes: 1_048_576,
  graceMs: 30_000,
  allBytes: 67_108_864,
  keepMs: 300_000,
}
/** What a stream costs beside its events. */
const streamBytes = 512
const eventId = /^(?<stream>[al]\.[\w-]{22})\.(?<number>\d{1,9})$/u

/** True for the id of an event of a listening stream, as far as can be seen from it. */
export function isListeningEvent(id: string): boolean {
  return eventId.test(id) && id.startsWith('l.')
}

/** All streams of one gateway that may be resumed. */
export class StreamStore implements StreamKeeper {
  readonly #limits: StoreLimits
  readonly #streams = new Map<string, EventStream>()
  readonly #shelves = new Map<string, Shelf>()
  #bytes = 0

  constructor(limits: Partial<StoreLimits> = {}) {
    this.#limits = { ...usual, ...limits }
  }

  /** Bytes that are kept now. */
  get bytes(): number {
    return this.#bytes
  }

  /** Begins a stream. Whoever asks for it ends it. */
  open(owner: StreamOwner, kind: StreamKind): EventStream {
    const id = `${kind === 'answer' ? 'a' : 'l'}.${toBase64url(randomBytes(16))}`
    const stream = new EventStream(id, owner, this.#limits, this)
    const shelf = this.#shelves.get(owner.agent) ?? { bytes: 0, live: new Set(), ended: new Map() }
    this.#shelves.set(owner.agent, shelf)
    this.#streams.set(id, stream)
    shelf.live.add(stream)
    this.kept(stream, streamBytes)
    return stream
  }

  /** The stream that an event of this session was on, or null when it is not known, or not any more. */
  find(session: string, lastEventId: string): Cursor | null {
    const { stream: id = '', number = '' } = eventId.exec(lastEventId)?.groups ?? {}
    const stream = this.#streams.get(id)
    const after = Number(number)
    if (stream === undefined || stream.owner.session !== session || after > stream.count) return null
    return { stream, after }
  }

  /** A session is over: its streams end and nothing is kept of them. */
  forgetSession({ session, agent }: StreamOwner): void {
    const shelf = this.#shelves.get(agent)
    for (const stream of [...(shelf?.live ?? []), ...(shelf?.ended.keys() ?? [])]) {
      if (stream.owner.session !== session) continue
      stream.end()
      this.#drop(stream)
    }
  }

  /** Drops what ended long ago. */
  sweep(now: number): void {
    for (const { ended } of this.#shelves.values())
      for (const [stream, at] of ended) if (now - at >= this.#limits.keepMs) this.#drop(stream)
  }

  kept(stream: EventStream, bytes: number): void {
    const shelf = this.#shelves.get(stream.owner.agent)
    if (shelf === undefined || this.#streams.get(stream.id) !== stream) return
    shelf.bytes += bytes
    this.#bytes += bytes
    while (this.#bytes > this.#limits.allBytes) if (!this.#makeRoom()) break
  }

  ended(stream: EventStream): void {
    const shelf = this.#shelves.get(stream.owner.agent)
    if (shelf?.live.delete(stream) !== true) return
    shelf.ended.set(stream, Date.now())
    // Whoever listened begins anew.
    if (stream.id.startsWith('l.')) this.#drop(stream)
  }

  /** Takes from the agent of which most is kept: what ended first, then what goes on. False if there is nothing. */
  #makeRoom(): boolean {
    const [largest] = [...this.#shelves.values()].sort((left, right) => right.bytes - left.bytes)
    const [oldest] = largest?.ended.keys() ?? []
    if (oldest !== undefined) {
      this.#drop(oldest)
      return true
    }
    const full = [...(largest?.live ?? [])].find(({ keptBytes }) => keptBytes > 0)
    full?.forget()
    return full !== undefined
  }

  #drop(stream: EventStream): void {
    const { agent } = stream.owner
    const shelf = this.#shelves.get(agent)
    if (shelf === undefined || !this.#streams.delete(stream.id)) return
    shelf.live.delete(stream)
    shelf.ended.delete(stream)
    const bytes = stream.keptBytes + streamBytes
    shelf.bytes -= bytes
    this.#bytes -= bytes
    if (shelf.live.size === 0 && shelf.ended.size === 0) this.#shelves.delete(agent)
  }
}
