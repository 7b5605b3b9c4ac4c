/**
 * One attached adapter, as the kernel's process sees it: a connection that proved with a secret which driver
 * it serves. It may crash, hang, flood, answer late or twice; the worst it can do is lose its own calls.
 */
import { canonicalJson } from '../base/canonical-json.ts'
import { sha256Hex } from '../base/hash.ts'
import type { DriverId, Instant, ProcessId } from '../base/ids.ts'
import type { Json, JsonObject } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import type { Selector } from '../kernel/capability/terms.ts'
import { limits } from '../kernel/limits.ts'
import type { Waiting } from '../kernel/schedule/fair-queue.ts'
import { FairQueue } from '../kernel/schedule/fair-queue.ts'
import type { Place } from '../kernel/schedule/place.ts'
import type { Answer } from '../wire/answer.ts'
import type { Peer } from '../wire/peer.ts'
import type { Departure, Dispatcher, DriverAnswer } from './departure.ts'
import { readDriverNotice } from './driver-notice.ts'

/** What a driver says it offers: definitions as they came, and their digests. */
export interface Offer {
  readonly definitions: ReadonlyMap<Selector, Json>
  readonly digests: ReadonlyMap<Selector, string>
}

/** How long a withdrawn call may stay unanswered before its adapter counts as hung. */
export const hungAfterMs = 10_000
/** Calls of one process that may wait for the adapter's credit; more fail at once. */
const maxWaiting = 4096
/** Bytes an adapter may leave unread before the next call waits for it. */
const maxUnreadBytes = 4 * 1024 * 1024

interface Entry extends Waiting {
  readonly departure: Departure
  /** Of its request; 0 while it waits for credit. */
  correlation: number
  /** Answered, withdrawn before it left, or not allowed to leave. */
  isOver: boolean
}

/** Reads the body of a driver's hello, or null when it is not a list of distinct definitions. */
export function readOffer(body: Uint8Array): Offer | null {
  const parsed = parseStrictJson(body, { maxBytes: body.length, maxDepth: 64, maxValues: 1_000_000 })
  if (!parsed.ok || !Array.isArray(parsed.value) || parsed.value.length > limits.selectorsPerDriver)
    return null
  const definitions = new Map<Selector, Json>()
  const digests = new Map<Selector, string>()
  for (const item of parsed.value as readonly Json[]) {
    if (!isJsonObject(item)) return null
    const { selector, definition } = item as { readonly [name: string]: Json | undefined }
    if (typeof selector !== 'string' || definition === undefined || definitions.has(selector)) return null
    definitions.set(selector, definition)
    digests.set(selector, sha256Hex(canonicalJson(definition)))
  }
  return { definitions, digests }
}

/** What a channel stands on. */
export interface DriverChannelPorts {
  readonly peer: Peer
  readonly driver: DriverId
  readonly incarnation: number
  readonly offer: Offer
  now(): Instant
  placeOf(process: ProcessId): Place
}

/**
 * Carries calls to one adapter within its credit, in the order that shares, priorities and deadlines make. However
 * many calls hang in one process's name, others find room: see `FairQueue`.
 */
export class DriverChannel implements Dispatcher {
  readonly driver: DriverId
  readonly incarnation: number
  readonly offer: Offer
  /** SHA-256 in hex of the token with which others may attach as the driver's own process; empty for none. */
  tokenDigest = ''
  readonly #peer: Peer
  readonly #now: () => Instant
  readonly #queue: FairQueue<Entry>
  /** What the adapter has and has not answered, by correlation. */
  readonly #sent = new Map<number, Entry>()
  /** Withdrawn and still unanswered requests, with the time they were withdrawn. */
  readonly #withdrawn = new Map<number, Instant>()

  constructor(ports: DriverChannelPorts) {
    this.#peer = ports.peer
    this.driver = ports.driver
    this.incarnation = ports.incarnation
    this.offer = ports.offer
    this.#now = () => ports.now()
    this.#queue = new FairQueue((process) => ports.placeOf(process))
  }

  dispatch(departure: Departure): () => void {
    const { process, deadline } = departure
    const entry: Entry = { departure, deadline, cost: 1, correlation: 0, isOver: false }
    const isFirst = this.#queue.size === 0 && !this.#isSlowToRead
    if (isFirst && this.#queue.claim(process, this.#peer.available)) {
      this.#send(entry)
    } else if (this.#queue.waitingOf(process) >= maxWaiting) {
      entry.isOver = true
      queueMicrotask(() => departure.onAnswer(failed('too many calls of this process wait for the driver')))
    } else {
      this.#queue.add(process, entry)
      this.sendNext()
    }
    return () => this.#withdraw(entry)
  }

  /** Sends what may leave now. To be called from time to time: nobody tells when a slow adapter has read. */
  sendNext(): void {
    while (!this.#isSlowToRead) {
      const turn = this.#queue.next(this.#peer.available)
      if (turn === null) return
      this.#send(turn.item)
    }
  }

  /** Processes were frozen: nothing of them leaves any more. */
  freeze(): void {
    this.#queue.freeze()
  }

  /** Shares changed, or processes were thawed. */
  refresh(): void {
    this.#queue.refresh()
    this.sendNext()
  }

  /** True when an adapter ignores withdrawn calls for too long. */
  get isHung(): boolean {
    const now = this.#now()
    return [...this.#withdrawn.values()].some((since) => now - since >= hungAfterMs)
  }

  /**
   * Asks the adapter for something that is no effect: a page of what its program lists. It counts like a call of
   * `process`. Null when the adapter takes no more, or this process leaves too little of it for others.
   */
  list(process: ProcessId, header: JsonObject, onAnswer: (answer: Answer) => void): number | null {
    if (this.#isSlowToRead || !this.#queue.claim(process, this.#peer.available)) return null
    return this.#peer.request({ ...header, op: 'list' }, new Uint8Array(0), (answer) => {
      this.#queue.finished(process)
      onAnswer(answer)
      this.sendNext()
    })
  }

  /** Nobody hears of the resource any more: the adapter need not either. It may be told again. */
  unsubscribe(uri: string): void {
    if (this.#peer.waitingBytes < maxUnreadBytes) this.#peer.notice(0, { event: 'unsubscribe', uri })
  }

  /** The adapter tells something about a call that it has. */
  notice(correlation: number, header: JsonObject, body: Uint8Array): void {
    const entry = this.#sent.get(correlation)
    const told = entry === undefined || entry.isOver ? null : readDriverNotice(header, body)
    if (told !== null) entry?.departure.onNotice?.(told.header, told.body)
  }

  /** The connection is gone: what waited for credit was provably never sent. */
  closed(): void {
    for (const { item } of this.#queue.drain()) item.departure.onAnswer({ kind: 'unsent' })
  }

  #withdraw(entry: Entry): void {
    if (entry.isOver) return
    if (entry.correlation === 0) {
      entry.isOver = true
      this.#queue.remove(entry.departure.process, entry)
      return
    }
    this.#peer.cancel(entry.correlation)
    this.#withdrawn.set(entry.correlation, this.#now())
  }

  /** Waiting for credit takes time, so the last look comes here and not when the call was handed over. */
  #send(entry: Entry): void {
    const { header, bytes, process } = entry.departure
    if (!entry.departure.mayLeave()) {
      entry.isOver = true
      return this.#queue.finished(process)
    }
    const correlation = this.#peer.request(header, bytes, (answer) => {
      entry.isOver = true
      this.#withdrawn.delete(entry.correlation)
      this.#sent.delete(entry.correlation)
      this.#queue.finished(process)
      entry.departure.onAnswer(readAnswer(answer))
      this.sendNext()
    })
    if (correlation !== null) {
      entry.correlation = correlation
      this.#sent.set(correlation, entry)
    } else {
      entry.isOver = true
      this.#queue.finished(process)
      queueMicrotask(() => entry.departure.onAnswer({ kind: 'unsent' }))
    }
  }

  get #isSlowToRead(): boolean {
    return this.#peer.waitingBytes >= maxUnreadBytes
  }
}

function readAnswer(answer: Answer): DriverAnswer {
  switch (answer.kind) {
    case 'reply': {
      const { outcome, reason, form } = answer.header as { readonly [name: string]: Json | undefined }
      if (outcome !== 'done' && outcome !== 'failed' && outcome !== 'in-doubt')
        return failed('the driver gave no outcome')
      const text = typeof reason === 'string' ? bounded(reason) : ''
      const answered = { kind: 'answered', outcome, reason: text, result: answer.body } as const
      return form === 'error' && outcome === 'failed' ? { ...answered, form } : answered
    }
    case 'refusal':
      return failed(bounded(answer.refusal.message))
    case 'lost':
      return { kind: 'lost' }
    case 'unsent':
      return { kind: 'unsent' }
  }
}

/** An adapter's words, as they fit beside ours into a header. */
function bounded(text: string): string {
  return text.slice(0, limits.textLength).toWellFormed()
}

function failed(reason: string): DriverAnswer {
  return { kind: 'answered', outcome: 'failed', reason, result: new Uint8Array(0) }
}
