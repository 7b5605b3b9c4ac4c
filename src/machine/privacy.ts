/**
 * What the kernel's process does about whom payloads are about: it destroys the keys of an erased subject once the
 * order is durable, finishes at its start what a crash kept from being finished, and records who is about to see
 * plaintext before anything of it leaves.
 */
import type { CallId, Instant, Seq } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import type { Json, JsonObject } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import type { Event } from '../kernel/event.ts'
import type { Reading } from '../kernel/privacy/event-bodies.ts'
import type { Refusal } from '../kernel/refusal.ts'
import { refusal } from '../kernel/refusal.ts'
import { isId } from '../kernel/sovereign/shape.ts'
import type { State } from '../kernel/state.ts'
import type { Core } from './core.ts'
import type { Exchange } from './exchange.ts'

/** What the world gives to it. */
export interface PrivacyPorts {
  /** Destroys all that opens the subject's payloads, in memory and on the disk, or says why that failed. */
  destroy(subject: number): string | null
  /** What was noted of readings while nothing ran, oldest first, and how to forget it once it is recorded. */
  noted(): { readonly lines: readonly JsonObject[]; forget(): void }
  /** Tells whoever watches over the process. */
  warn(message: string): void
}

/** Erasures and readings of one domain. */
export class Privacy {
  readonly #core: Core
  readonly #exchange: Pick<Exchange, 'submit'>
  readonly #ports: PrivacyPorts | undefined
  /** Held calls whose arguments were shown, and recorded as shown. */
  readonly #shown = new Set<CallId>()

  constructor(core: Core, exchange: Pick<Exchange, 'submit'>, ports: PrivacyPorts | undefined) {
    this.#core = core
    this.#exchange = exchange
    this.#ports = ports
  }

  /** Finishes what the last process began. To be called once the boot is recorded, before anybody is served. */
  begin(): void {
    for (const [subject, { erased }] of this.#core.state.subjects ?? [])
      if (erased !== undefined) this.#destroy(subject)
    const noted = this.#ports?.noted()
    if (noted === undefined || noted.lines.length === 0) return
    for (const line of noted.lines)
      this.#exchange.submit({ kind: 'payload.read', ...notedReading(line, this.#core.state) })
    this.#core.whenDurable(() => noted.forget())
  }

  /** Told of every durable event. */
  onDurable({ kind, body }: Event): void {
    if (kind === 'subject.erased') this.#destroy(body.subject)
  }

  /** Records that somebody is about to read payloads; the header of their request says who and what. */
  record(header: JsonObject): Refusal | Seq {
    const reading = readReading(header, this.#core.state.seq)
    if (reading === null) return unstated
    if (this.#core.failed || this.#core.room !== 'ample') return unrecordable
    const decision = this.#exchange.submit({ kind: 'payload.read', ...reading })
    return decision.refusal ?? this.#core.state.seq
  }

  /** Records whose arguments these approvals show, each call once; false when that cannot be recorded. */
  show(approvals: Json, reader: Json | undefined): boolean {
    const { state, room, failed } = this.#core
    for (const call of this.#shown) if (!state.calls.has(call)) this.#shown.delete(call)
    const all = Array.isArray(approvals) ? approvals.filter((item: Json) => isJsonObject(item)) : []
    const fresh = all.filter((item) => item['arguments'] !== null && !this.#shown.has(callOf(item)))
    const seqs = fresh.map((item) => Number(item['seq']))
    const [from, to] = [id<Seq>(Math.min(...seqs)), id<Seq>(Math.max(...seqs))]
    if (fresh.length === 0) return true
    if (failed || room === 'none') return false
    const calls = fresh.map(callOf)
    const who = isText(reader) ? reader : 'an operator’s connection'
    this.#exchange.submit({ kind: 'payload.read', reader: who, purpose: 'approvals', from, to, calls })
    for (const call of calls) this.#shown.add(call)
    return true
  }

  #destroy(subject: number): void {
    if (this.#core.failed || this.#ports === undefined) return
    const problem = this.#ports.destroy(subject)
    if (problem === null) this.#exchange.submit({ kind: 'erasure.complete', subject })
    else this.#ports.warn(`the keys of subject ${subject} are not destroyed yet: ${problem}`)
  }
}

function callOf(approval: JsonObject): CallId {
  return id<CallId>(Number(approval['call']))
}

function isText(value: Json | undefined): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 256
}

/** The reading that a header states, up to `head` where it names no end; null when it states none. */
function readReading(header: JsonObject, head: Seq): Reading | null {
  const { reader, purpose, from, to = head } = header as { readonly [name: string]: Json | undefined }
  if (!isText(reader) || !isText(purpose) || !isId(from) || !isId(to) || from > to) return null
  return { reader, purpose, from: id<Seq>(from), to: id<Seq>(to) }
}

/** What cannot be read was a reading all the same. */
function notedReading(line: JsonObject, { seq, at }: State): Reading {
  const { offlineAt } = line
  const unreadable = { reader: 'unknown', purpose: 'a note that cannot be read', from: id<Seq>(1), to: seq }
  return {
    ...(readReading(line, seq) ?? unreadable),
    offlineAt: isId(offlineAt) ? id<Instant>(offlineAt) : at,
  }
}

const unstated = refusal(
  'bad-request',
  'A reading says who, what for, and which events.',
  'A request as docs/wire.md describes it.',
)
const unrecordable = refusal(
  'ledger-unavailable',
  'Nobody reads payloads while that cannot be recorded.',
  'Room for the ledger.',
)
