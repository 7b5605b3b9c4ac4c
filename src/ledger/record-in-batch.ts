/**
 * A checked record in a batch, of which nothing is built before it is asked for. Checking a ledger needs no event at
 * all, and a fold needs of each only a few numbers and the body: to make an object of the rest, and text of its
 * commitment, would cost more than everything else together.
 */
import { bytesToHex } from '../base/hash.ts'
import { PackedDigest } from '../base/packed-digest.ts'
import type { Actor, Authority, Event, EventKind, Payload } from '../kernel/event.ts'
import { hashBytes, recordHeaderBytes } from './format.ts'
import type { LedgerRecord, RecordSource, StoredPayload } from './record.ts'
import { actorKinds, codecJsonV1, eventKinds, fieldAt, formInline, formNone } from './record-layout.ts'
import { domainSubject } from './subject-keys.ts'
import { getU64 } from './u64.ts'

/** A payload's subject where there is no payload. */
export const noPayload = -1

/** Format version of the record at `at`. */
export function versionOf(view: DataView, at: number): number {
  return view.getUint8(at + fieldAt.codec) === codecJsonV1 ? 1 : 2
}

/** The record at `at` in a batch that stays in memory as long as the record, and its own fleeting event. */
export class RecordInBatch implements LedgerRecord {
  readonly body: object
  readonly #source: RecordSource
  readonly #at: number
  readonly #subject: number
  #event: Event | null = null

  constructor(source: RecordSource, at: number, body: object, subject: number) {
    this.#source = source
    this.#at = at
    this.body = body
    this.#subject = subject
  }

  get fleeting(): Event {
    const { kind } = this
    const isCall = kind === 'call.admitted' || kind === 'call.settled'
    return isCall ? (this as unknown as Event) : this.event
  }

  get event(): Event {
    this.#event ??= this.#build()
    return this.#event
  }

  get seq(): number {
    return getU64(this.#source.view, this.#at + fieldAt.seq)
  }

  get at(): number {
    return getU64(this.#source.view, this.#at + fieldAt.at)
  }

  get actor(): Actor {
    const { view } = this.#source
    const kind = actorKinds[view.getUint32(this.#at + fieldAt.actorKind, true)] as Actor['kind']
    return { kind, id: getU64(view, this.#at + fieldAt.actorId) }
  }

  get cause(): number {
    return getU64(this.#source.view, this.#at + fieldAt.cause)
  }

  get authority(): Authority | null {
    const { view } = this.#source
    const capability = getU64(view, this.#at + fieldAt.capability)
    if (capability === 0) return null
    return { capability, root: getU64(view, this.#at + fieldAt.root) } as Authority
  }

  get kind(): EventKind {
    return eventKinds[this.#source.view.getUint16(this.#at + fieldAt.kind, true)] as EventKind
  }

  get payload(): Payload | null {
    if (this.#subject === noPayload) return null
    return new PackedPayload(this.#source.view, this.#at, this.#subject) as Payload
  }

  get version(): number {
    return versionOf(this.#source.view, this.#at)
  }

  get bytes(): Uint8Array {
    const length = this.#source.view.getUint32(this.#at, true)
    return this.#source.bytes.subarray(this.#at, this.#at + length)
  }

  get stored(): StoredPayload | null {
    const { bytes, view } = this.#source
    const form = view.getUint8(this.#at + fieldAt.form)
    if (form === formNone) return null
    const from = this.#at + recordHeaderBytes + view.getUint32(this.#at + fieldAt.bodyBytes, true)
    const to = from + view.getUint32(this.#at + fieldAt.storedBytes, true)
    if (form === formInline) return { form: 'inline', sealed: bytes.subarray(from, to) }
    const digest = bytesToHex(bytes.subarray(from, from + hashBytes))
    return { form: 'blob', digest, subject: this.#subject }
  }

  #build(): Event {
    const { seq, at, actor, cause, authority, kind, body } = this
    return { seq, at, actor, cause, authority, kind, body, payload: this.#payload() } as unknown as Event
  }

  #payload(): Payload | null {
    const subject = this.#subject
    if (subject === noPayload) return null
    const { bytes, view } = this.#source
    const commitment = bytes.toString('hex', this.#at + fieldAt.commitment, this.#at + recordHeaderBytes)
    const length = view.getUint32(this.#at + fieldAt.plaintextBytes, true)
    return subject === domainSubject
      ? { commitment, length, bytes: null }
      : { commitment, length, bytes: null, subject }
  }
}

/** A payload of whose commitment no text was made. */
class PackedPayload {
  readonly packed: PackedDigest
  readonly length: number
  readonly bytes = null
  readonly subject: number | undefined

  constructor(view: DataView, at: number, subject: number) {
    this.packed = new PackedDigest(view, at + fieldAt.commitment)
    this.length = view.getUint32(at + fieldAt.plaintextBytes, true)
    this.subject = subject === domainSubject ? undefined : subject
  }

  get commitment(): string {
    return this.packed.hex
  }
}
