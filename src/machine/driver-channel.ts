/**
 * One attached adapter, as the kernel's process sees it: a connection that proved with a secret which driver
 * it serves. It may crash, hang, flood, answer late or twice; the worst it can do is lose its own calls.
 */
import { canonicalJson } from '../base/canonical-json.ts'
import { sha256Hex } from '../base/hash.ts'
import type { DriverId, Instant } from '../base/ids.ts'
import type { Json } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import type { Selector } from '../kernel/capability/terms.ts'
import { limits } from '../kernel/limits.ts'
import type { Answer } from '../wire/answer.ts'
import type { Peer } from '../wire/peer.ts'
import type { Departure, Dispatcher, DriverAnswer } from './exchange.ts'

/** What a driver says it offers: definitions as they came, and their digests. */
export interface Offer {
  readonly definitions: ReadonlyMap<Selector, Json>
  readonly digests: ReadonlyMap<Selector, string>
}

/** How long a withdrawn call may stay unanswered before its adapter counts as hung. */
export const hungAfterMs = 10_000
/** Calls that may wait for the adapter's credit; more fail at once. */
const maxQueued = 4096

interface Entry {
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

/** Carries calls to one adapter within its credit. */
export class DriverChannel implements Dispatcher {
  readonly driver: DriverId
  readonly incarnation: number
  readonly offer: Offer
  readonly #peer: Peer
  readonly #now: () => Instant
  #queue: Entry[] = []
  /** Withdrawn and still unanswered requests, with the time they were withdrawn. */
  readonly #withdrawn = new Map<number, Instant>()

  constructor(peer: Peer, driver: DriverId, incarnation: number, offer: Offer, now: () => Instant) {
    this.#peer = peer
    this.driver = driver
    this.incarnation = incarnation
    this.offer = offer
    this.#now = now
  }

  dispatch(departure: Departure): () => void {
    const entry: Entry = { departure, correlation: 0, isOver: false }
    if (this.#queue.length >= maxQueued) {
      entry.isOver = true
      queueMicrotask(() => departure.onAnswer(failed('the driver has too many calls waiting')))
    } else {
      this.#queue.push(entry)
      this.#sendNext()
    }
    return () => this.#withdraw(entry)
  }

  /** True when an adapter ignores withdrawn calls for too long. */
  get isHung(): boolean {
    const now = this.#now()
    return [...this.#withdrawn.values()].some((since) => now - since >= hungAfterMs)
  }

  /** The connection is gone: what waited for credit was provably never sent. */
  closed(): void {
    const waiting = this.#queue
    this.#queue = []
    for (const { departure } of waiting) departure.onAnswer({ kind: 'unsent' })
  }

  #withdraw(entry: Entry): void {
    if (entry.isOver) return
    if (entry.correlation === 0) {
      entry.isOver = true
      this.#queue = this.#queue.filter((other) => other !== entry)
      return
    }
    this.#peer.cancel(entry.correlation)
    this.#withdrawn.set(entry.correlation, this.#now())
  }

  /** Waiting for credit takes time, so the last look comes here and not when the call was handed over. */
  #send(entry: Entry): void {
    const { header, bytes } = entry.departure
    if (!entry.departure.mayLeave()) {
      entry.isOver = true
      return
    }
    const correlation = this.#peer.request(header, bytes, (answer) => {
      entry.isOver = true
      this.#withdrawn.delete(entry.correlation)
      entry.departure.onAnswer(readAnswer(answer))
      this.#sendNext()
    })
    if (correlation !== null) entry.correlation = correlation
    else {
      entry.isOver = true
      queueMicrotask(() => entry.departure.onAnswer({ kind: 'unsent' }))
    }
  }

  #sendNext(): void {
    while (this.#peer.available > 0) {
      const next = this.#queue.shift()
      if (next === undefined) return
      this.#send(next)
    }
  }
}

function readAnswer(answer: Answer): DriverAnswer {
  switch (answer.kind) {
    case 'reply': {
      const { outcome, reason } = answer.header as { readonly [name: string]: Json | undefined }
      if (outcome !== 'done' && outcome !== 'failed') return failed('the driver gave no outcome')
      const text = typeof reason === 'string' ? reason.slice(0, limits.textLength).toWellFormed() : ''
      return { kind: 'answered', outcome, reason: text, result: answer.body }
    }
    case 'refusal':
      return failed(answer.refusal.message)
    case 'lost':
      return { kind: 'lost' }
    case 'unsent':
      return { kind: 'unsent' }
  }
}

function failed(reason: string): DriverAnswer {
  return { kind: 'answered', outcome: 'failed', reason, result: new Uint8Array(0) }
}
