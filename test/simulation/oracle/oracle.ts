/**
 * All oracles of one simulated world together. It is told three things: which events were handed to the
 * ledger, what became durable on the disk, and what crossed the kernel's wires. It knows nothing else, asks
 * the kernel nothing, and throws a Violation the moment something is seen that must never happen.
 */
import { createHash } from 'node:crypto'
import type { Event } from '../../../src/kernel/event.ts'
import { fold } from './fold.ts'
import type { SeenFrame } from './frames.ts'
import type { Model } from './model.ts'
import { emptyModel } from './model.ts'
import { Observer } from './observer.ts'
import { demand } from './violation.ts'
import type { SentCall } from './witness.ts'
import { Witness } from './witness.ts'

/** What the oracles need to know of the world. */
export interface OraclePorts {
  /** Wall-clock time, in milliseconds. */
  readonly time: () => number
  /** The keyed commitment to bytes, by means other than the kernel's. */
  readonly commitment: (bytes: Uint8Array) => string
}

/** Watches one world. */
export class Oracle {
  readonly model: Model = emptyModel()
  readonly witness: Witness = new Witness()
  readonly time: () => number
  readonly commitment: (bytes: Uint8Array) => string
  readonly #trace = createHash('sha256')
  /** Handed to the ledger and not yet known to be durable. */
  #pending: Event[] = []
  /** State roots that were published or computed while the kernel ran, by seq. */
  readonly #roots = new Map<number, string>()
  #reopenings = 0
  /** How far the ledger was last held against what was recorded. */
  #compared = 0

  constructor({ time, commitment }: OraclePorts) {
    this.time = time
    this.commitment = commitment
  }

  /** Last event known to be durable. */
  get durable(): number {
    return this.model.events.length
  }

  /** Watches a new connection. */
  observe(role: 'agent' | 'operator' | 'driver'): Observer {
    return new Observer(this, role)
  }

  /** An agent wrote a request with these argument bytes. */
  sent(call: SentCall, bytes: Uint8Array): void {
    const commitment = this.commitment(bytes)
    const known = this.witness.sent.get(commitment)
    if (known === undefined) this.witness.sent.set(commitment, [call])
    else known.push(call)
  }

  /** An operator signed an order. */
  signed(record: string, signature: string): void {
    this.witness.signed.set(record, signature)
  }

  /** An operator answered a question with these bytes, whose salted digest it signs. */
  answered(digest: string, bytes: Uint8Array): void {
    this.witness.operatorSaid.set(digest, this.commitment(bytes))
  }

  /** The kernel hands events to its ledger. */
  appended(events: readonly Event[]): void {
    this.#pending.push(...events)
  }

  /** Bytes became durable in a file of the ledger: a batch, if they hold one. */
  stored(name: string, bytes: Uint8Array): void {
    if (!name.endsWith('.seg')) return
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    const at = [0, 512].find((start) => buffer.toString('latin1', start, start + 4) === 'CBAT')
    if (at === undefined) return
    const last = Number(buffer.readBigUInt64LE(at + 16)) + buffer.readUInt32LE(at + 12) - 1
    this.becameDurable(last)
  }

  /** Everything up to this event is durable. */
  becameDurable(last: number): void {
    const ready = this.#pending.filter((event) => event.seq <= last)
    this.#pending = this.#pending.slice(ready.length)
    for (const event of ready) fold(this.model, this.witness, event)
    demand(
      this.durable === last,
      'durability',
      `the disk has event ${last} and the kernel handed over ${this.durable}`,
    )
    this.#record(`durable ${last}`)
  }

  /** The ledger was opened again and holds these events. */
  reopened(events: readonly Event[]): void {
    const { durable, model } = this
    demand(
      events.length >= durable,
      'durability',
      `${durable} events were durable, ${events.length} are left`,
    )
    const expected = [...model.events, ...this.#pending]
    // All of it costs much when a kernel restarts often; every other time what is new since the last will do.
    const compared = this.#reopenings % 2 === 0 ? 0 : this.#compared
    this.#reopenings += 1
    this.#compared = events.length
    for (const event of events) {
      const before = expected[event.seq - 1]
      demand(before !== undefined, 'durability', `event ${event.seq} was never handed to the ledger`)
      if (event.seq > compared)
        demand(isSameEvent(event, before), 'I9 replay', `event ${event.seq} is not what was recorded`)
      if (event.seq > durable) fold(model, this.witness, before)
    }
    this.#pending = []
    for (const seq of this.#roots.keys()) if (seq > events.length) this.#roots.delete(seq)
    this.#record(`reopened ${events.length}`)
  }

  /** The kernel's state root right after event `seq`. The same position must always give the same root. */
  root(seq: number, root: string): void {
    const before = this.#roots.get(seq)
    demand(
      before === undefined || before === root,
      'I9 replay',
      `the root at event ${seq} is not what it was`,
    )
    this.#roots.set(seq, root)
    this.#record(`root ${seq} ${root}`)
  }

  /** Positions whose root is known and due to be held against a refold: every other time only what is new. */
  hasRoot(seq: number): boolean {
    return this.#roots.has(seq) && (this.#reopenings % 2 === 0 || seq > this.#compared)
  }

  /** Adds a frame to the trace. */
  note(role: string, way: string, { kind, correlation, header, body }: SeenFrame): void {
    this.#trace.update(`${this.time()} ${role} ${way} ${kind} ${correlation} ${JSON.stringify(header)}\n`)
    this.#trace.update(body)
  }

  /** Adds anything else that happened to the trace. */
  event(what: string): void {
    this.#record(what)
  }

  /** SHA-256 in hex of everything that was seen. Ends the trace. */
  digest(): string {
    return this.#trace.digest('hex')
  }

  #record(what: string): void {
    this.#trace.update(`${this.time()} ${what}\n`)
  }
}

/** Whether two events are the same, their plaintext payloads left out: those are not read back. */
function isSameEvent({ payload: one, ...left }: Event, { payload: other, ...right }: Event): boolean {
  const isKept = one?.commitment === other?.commitment && one?.length === other?.length
  return isKept && isSameValue(left, right)
}

function isSameValue(left: unknown, right: unknown): boolean {
  if (left === right) return true
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false
  if (Array.isArray(left) !== Array.isArray(right)) return false
  const names = Object.keys(left)
  if (names.length !== Object.keys(right).length) return false
  const [ours, theirs] = [left, right] as unknown as readonly { readonly [name: string]: unknown }[]
  return names.every((name) => Object.hasOwn(right, name) && isSameValue(ours?.[name], theirs?.[name]))
}
