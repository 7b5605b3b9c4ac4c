/**
 * One stream of messages to one client, over as many connections as it takes. Every event has an id, and the last
 * ones are kept: a client whose connection broke says the id of the last event it saw and goes on after it. While
 * nobody is connected the stream waits for its client, for a time; only then is the client taken to be gone.
 */
import type { ServerResponse } from 'node:http'
import { sseEvent } from '../../mcp/sse.ts'
import { streamHeaders, writeStream } from './http-reply.ts'

/** Whose stream it is. */
export interface StreamOwner {
  /** Nonce of the session. */
  readonly session: string
  /** Digest of the agent's token. */
  readonly agent: string
}

/** Bounds on one stream. */
export interface StreamLimits {
  /** Events that are kept, and their bytes; the last one is kept whatever its size. */
  readonly events: number
  readonly bytes: number
  /** How long a stream waits for its client. */
  readonly graceMs: number
}

/** Whoever keeps streams hears of them. */
export interface StreamKeeper {
  /** So many bytes more, or fewer, are kept of this stream. */
  kept(stream: EventStream, bytes: number): void
  /** Nothing more will come. */
  ended(stream: EventStream): void
}

/** How long a client is asked to wait before it comes back. */
const retryMs = 1_000

/** A stream. `connect` comes first. */
export class EventStream {
  /** Names it to whoever is given its events, and can be guessed by nobody else. */
  readonly id: string
  readonly owner: StreamOwner
  readonly #limits: StreamLimits
  readonly #keeper: StreamKeeper
  readonly #gone = new AbortController()
  /** The last events, as they are on the wire. The last of them has the number `#count`. */
  readonly #events: string[] = []
  #count = 0
  #keptBytes = 0
  #connection: ServerResponse | null = null
  #timer: NodeJS.Timeout | null = null
  #isEnded = false

  constructor(id: string, owner: StreamOwner, limits: StreamLimits, keeper: StreamKeeper) {
    this.id = id
    this.owner = owner
    this.#limits = limits
    this.#keeper = keeper
  }

  /** Aborted when the client did not come back in time. */
  get gone(): AbortSignal {
    return this.#gone.signal
  }

  /** How many events there were. */
  get count(): number {
    return this.#count
  }

  /** Bytes of the events that are kept. */
  get keptBytes(): number {
    return this.#keptBytes
  }

  /** True when nothing more will come. */
  get isEnded(): boolean {
    return this.#isEnded
  }

  /** Goes on over this connection, after event `after`; an older connection ends. Zero is the beginning. */
  connect(response: ServerResponse, after: number): void {
    this.#connection?.end()
    this.#connection = response
    this.#stopWaiting()
    if (response.destroyed) return this.#disconnected(response)
    response.once('close', () => this.#disconnected(response))
    response.writeHead(200, streamHeaders)
    // An event without data: it says where to go on, even if nothing else ever comes over this connection.
    writeStream(response, `retry: ${retryMs}\n${sseEvent('', `${this.id}.${after}`)}`)
    const missed = Math.min(this.#events.length, this.#count - after)
    for (const event of missed > 0 ? this.#events.slice(-missed) : []) writeStream(response, event)
    if (this.#isEnded) response.end()
  }

  /** Tells a message, now or when the client is back. */
  send(message: string): void {
    if (this.#isEnded) return
    this.#count += 1
    const event = sseEvent(message, `${this.id}.${this.#count}`)
    this.#events.push(event)
    this.#keep(Buffer.byteLength(event))
    while (this.#events.length > this.#limits.events || this.#keptBytes > this.#limits.bytes)
      if (!this.#dropOldest()) break
    if (this.#connection !== null) writeStream(this.#connection, event)
  }

  /** Shows that somebody is still there. */
  comment(): void {
    if (this.#connection !== null) writeStream(this.#connection, ':\n\n')
  }

  /** Ends the connection and not the stream: the client is to come back for the rest. */
  pause(): void {
    const connection = this.#connection
    if (connection === null) return
    this.#disconnected(connection)
    connection.end()
  }

  /** Nothing more will come. What was not delivered can still be fetched. Idempotent. */
  end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#stopWaiting()
    this.#connection?.end()
    this.#connection = null
    this.#keeper.ended(this)
  }

  /** Drops what is kept; who is connected notices nothing. */
  forget(): void {
    this.#events.length = 0
    this.#keep(-this.#keptBytes)
  }

  #disconnected(response: ServerResponse): void {
    if (this.#connection !== response) return
    this.#connection = null
    if (this.#isEnded) return
    this.#timer = setTimeout(() => this.#gone.abort(), this.#limits.graceMs).unref()
  }

  #stopWaiting(): void {
    clearTimeout(this.#timer ?? undefined)
    this.#timer = null
  }

  /** False when only the newest event is left. */
  #dropOldest(): boolean {
    if (this.#events.length <= 1) return false
    this.#keep(-Buffer.byteLength(this.#events.shift() ?? ''))
    return true
  }

  #keep(bytes: number): void {
    this.#keptBytes += bytes
    this.#keeper.kept(this, bytes)
  }
}
