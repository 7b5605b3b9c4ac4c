/** Encodes events straight into the bytes that will be written. There is exactly one encoding of an event. */
import { canonicalJson } from '../base/canonical-json.ts'
import { invariant } from '../base/fault.ts'
import type { Json } from '../base/json.ts'
import type { Event, Payload } from '../kernel/event.ts'
import { eventCodes } from '../kernel/event-codes.ts'
import { bodyBytesLimit, hashBytes, recordHeaderBytes } from './format.ts'
import { packBody } from './packed-body.ts'
import type { Storing } from './record.ts'
import {
  actorCodes,
  blobReferenceBytes,
  codecJson,
  codecPacked,
  fieldAt,
  formBlob,
  formInline,
  formNone,
} from './record-layout.ts'
import { setU64 } from './u64.ts'
import { WriteBuffer } from './write-buffer.ts'

/**
 * Writes the record of `event` at `at` of `out`, which grows as needed, and returns the offset after it. `stored`
 * must be there exactly when the event has a payload.
 */
export function writeRecord(out: WriteBuffer, event: Event, stored: Storing | null, at: number): number {
  invariant((event.payload === null) === (stored === null), 'a payload and its sealed form come together')
  out.reserve(at + recordHeaderBytes)
  const bodyAt = at + recordHeaderBytes
  const packedEnd = packBody(out, event, bodyAt)
  const bodyEnd = packedEnd < 0 ? writeJson(out, event, bodyAt) : packedEnd
  const storedBytes = sizeOf(stored)
  out.reserve(bodyEnd + storedBytes + 8)
  writeStored(stored, out, bodyEnd)
  const filled = bodyEnd + storedBytes
  const end = at + Math.ceil((filled - at) / 8) * 8
  for (let padding = filled; padding < end; padding++) out.view.setUint8(padding, 0)
  const { view } = out
  view.setUint32(at + fieldAt.length, end - at, true)
  view.setUint8(at + fieldAt.codec, packedEnd < 0 ? codecJson : codecPacked)
  view.setUint8(at + fieldAt.form, stored === null ? formNone : formOf(stored))
  view.setUint32(at + fieldAt.bodyBytes, bodyEnd - bodyAt, true)
  view.setUint32(at + fieldAt.storedBytes, storedBytes, true)
  writeEnvelope(out, event, at)
  return end
}

/** The record of one event by itself. */
export function encodeRecord(event: Event, stored: Storing | null): Buffer {
  const out = new WriteBuffer()
  const end = writeRecord(out, event, stored, 0)
  return out.bytes.subarray(0, end)
}

function writeEnvelope(out: WriteBuffer, event: Event, at: number): void {
  const { view } = out
  const { actor, authority, payload } = event
  view.setUint16(at + fieldAt.kind, eventCodes[event.kind], true)
  setU64(view, event.seq, at + fieldAt.seq)
  setU64(view, event.at, at + fieldAt.at)
  setU64(view, event.cause, at + fieldAt.cause)
  setU64(view, actor.id, at + fieldAt.actorId)
  setU64(view, authority?.capability ?? 0, at + fieldAt.capability)
  setU64(view, authority?.root ?? 0, at + fieldAt.root)
  view.setUint32(at + fieldAt.plaintextBytes, payload?.length ?? 0, true)
  view.setUint32(at + fieldAt.actorKind, actorCodes[actor.kind], true)
  writeCommitment(payload, out.bytes, at + fieldAt.commitment)
}

function writeJson(out: WriteBuffer, event: Event, at: number): number {
  const body = canonicalJson(event.body as unknown as Json)
  const length = Buffer.byteLength(body)
  invariant(length <= bodyBytesLimit, `the body of a ${event.kind} event is too large`)
  out.reserve(at + length)
  return at + out.bytes.write(body, at, 'utf8')
}

function formOf(stored: Storing): number {
  return stored.form === 'blob' ? formBlob : formInline
}

function sizeOf(stored: Storing | null): number {
  if (stored === null) return 0
  if (stored.form === 'sealed') return stored.length
  return stored.form === 'inline' ? stored.sealed.length : blobReferenceBytes
}

function writeCommitment(payload: Payload | null, bytes: Buffer, at: number): void {
  if (payload === null) {
    bytes.fill(0, at, at + hashBytes)
    return
  }
  const written = bytes.write(payload.commitment, at, hashBytes, 'hex')
  invariant(written === hashBytes && payload.commitment.length === 64, 'a commitment is 64 hex digits')
}

function writeStored(stored: Storing | null, out: WriteBuffer, at: number): void {
  if (stored === null) return
  if (stored.form === 'sealed') return stored.write(out.bytes, at)
  if (stored.form === 'inline') return out.bytes.set(stored.sealed, at)
  invariant(out.bytes.write(stored.digest, at, 'hex') === hashBytes, 'a blob digest is 64 hex digits')
  setU64(out.view, stored.subject, at + hashBytes)
}
