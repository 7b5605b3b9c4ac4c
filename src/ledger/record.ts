/**
 * One event as bytes: a fixed header, the body packed or as RFC 8785 JSON, then the sealed payload or the digest
 * of the blob that holds it. There is exactly one encoding of an event, and decoding accepts no other: what is
 * hashed is what is stored, and what is stored is what is meant.
 */
import { canonicalJson } from '../base/canonical-json.ts'
import { sha256Hex } from '../base/hash.ts'
import { isJsonObject } from '../base/json.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import type { JsonLimits } from '../base/strict-json.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import type { Event, EventKind } from '../kernel/event.ts'
import {
  bodyBytesLimit,
  hashBytes,
  inlinePayloadBytes,
  inlineSealedBytes,
  recordHeaderBytes,
  sealedBytesLimit,
} from './format.ts'
import type { SealedText } from './port.ts'
import { isPackable, unpackBody } from './packed-body.ts'
import { readNumbers } from './packed-source.ts'
import {
  actorKinds,
  blobReferenceBytes,
  codecJson,
  codecJsonV1,
  codecPacked,
  eventKinds,
  fieldAt,
  formBlob,
  formInline,
  formNone,
} from './record-layout.ts'
import { RecordInBatch, noPayload, versionOf } from './record-in-batch.ts'
import { sealedHeadBytes, subjectOfSealed } from './sealed-head.ts'
import { domainSubject } from './subject-keys.ts'
import { getU64, isZeroU64 } from './u64.ts'
import { viewOf } from './write-buffer.ts'

/** Where the sealed bytes of a payload are: in the record, or in the blob of that digest (hex). */
export type StoredPayload =
  | { readonly form: 'inline'; readonly sealed: Uint8Array }
  | { readonly form: 'blob'; readonly digest: string; readonly subject: number }

/** What stands in a record for its payload when it is written: what was just sealed, or as it was read. */
export type Storing = SealedText | StoredPayload

/** One decoded record. `bytes` is the encoding itself; nobody may write to it. */
export interface LedgerRecord {
  /** The event; `payload.bytes` is null. */
  readonly event: Event
  /** The same for who keeps nothing of it: of a call, read from the bytes when it is asked for. */
  readonly fleeting: Event
  readonly stored: StoredPayload | null
  /** Format version of the record, which is that of its segment. */
  readonly version: number
  readonly bytes: Uint8Array
}

/** What records are read from: a whole batch, or more. */
export interface RecordSource {
  readonly bytes: Buffer
  /** Of the same bytes. */
  readonly view: DataView
  /** No record reaches beyond this offset. */
  readonly end: number
}

const bodyLimits: JsonLimits = { maxBytes: bodyBytesLimit, maxDepth: 64, maxValues: 1_048_576 }

/** SHA-256 in hex of the encoded record: the event's digest. */
export function recordDigest(record: LedgerRecord): string {
  return sha256Hex(record.bytes)
}

/**
 * Decodes the record at `at`, which must lie wholly before `end` and hold event `seq`. The error says what
 * is wrong with it. The result shares memory with `bytes`.
 */
export function readRecord(
  bytes: Buffer,
  at: number,
  end: number,
  seq: number,
): Result<LedgerRecord, string> {
  const record = readRecordOf({ bytes, view: viewOf(bytes), end }, at, seq)
  return typeof record === 'string' ? err(record) : ok(record)
}

/** The same where many records are read from the same bytes. What is not a record is what is wrong with it. */
export function readRecordOf(source: RecordSource, at: number, seq: number): LedgerRecord | string {
  const { view } = source
  if (source.end - at < recordHeaderBytes) return 'a record is cut off'
  const length = view.getUint32(at + fieldAt.length, true)
  if (length % 8 !== 0 || length < recordHeaderBytes || length > source.end - at)
    return 'a record length is impossible'
  const code = view.getUint16(at + fieldAt.kind, true)
  const kind = eventKinds[code]
  if (kind === undefined) return `event kind ${code} is unknown`
  if (getU64(view, at + fieldAt.seq) !== seq) return `a record is not event ${seq}`
  const payloadAt = at + recordHeaderBytes + view.getUint32(at + fieldAt.bodyBytes, true)
  const payloadEnd = payloadAt + view.getUint32(at + fieldAt.storedBytes, true)
  if (payloadEnd > at + length || at + length - payloadEnd >= 8) return 'the parts of a record do not fill it'
  for (let padding = payloadEnd; padding < at + length; padding++)
    if (view.getUint8(padding) !== 0) return 'the padding of a record is not zero'
  const wrong = whyNoEnvelope(view, at, seq)
  if (wrong !== null) return wrong
  const subject = readSubject(source, at, payloadAt, payloadEnd)
  if (typeof subject === 'string') return subject
  const body = readBody(source, kind, at, payloadAt)
  return typeof body === 'string' ? body : new RecordInBatch(source, at, body, subject)
}

function whyNoEnvelope(view: DataView, start: number, seq: number): string | null {
  if (!readNumbers(view, start + fieldAt.at, 5)) return 'a number is beyond 2^53-1'
  if (getU64(view, start + fieldAt.cause) >= seq) return 'an event cannot be caused by a later one'
  const actor = view.getUint32(start + fieldAt.actorKind, true)
  if (actorKinds[actor] === undefined) return `actor kind ${actor} is unknown`
  const isHalf = isZeroU64(view, start + fieldAt.capability) !== isZeroU64(view, start + fieldAt.root)
  return isHalf ? 'half of an authority is missing' : null
}

/** Whom the payload of a record is about. */
function readSubject(source: RecordSource, at: number, from: number, to: number): number | string {
  const { bytes, view } = source
  const form = view.getUint8(at + fieldAt.form)
  if (form === formInline) return subjectInline(source, at, from, to)
  if (form !== formNone) return subjectOfBlob(source, at, from, to)
  const isEmpty = view.getUint32(at + fieldAt.plaintextBytes, true) === 0 && from === to
  if (isEmpty && isZero(bytes, at + fieldAt.commitment, at + recordHeaderBytes)) return noPayload
  return 'a record without a payload says something of one'
}

function subjectInline({ view }: RecordSource, at: number, from: number, to: number): number | string {
  const length = view.getUint32(at + fieldAt.plaintextBytes, true)
  if (length > inlinePayloadBytes || to - from > inlineSealedBytes) return 'an inline payload is too large'
  if (versionOf(view, at) === 1) return domainSubject
  const subject = to - from === sealedHeadBytes + length ? subjectOfSealed(view, from) : null
  return subject ?? 'an inline payload is not sealed as it must be'
}

function subjectOfBlob({ view }: RecordSource, at: number, from: number, to: number): number | string {
  const form = view.getUint8(at + fieldAt.form)
  const length = view.getUint32(at + fieldAt.plaintextBytes, true)
  const isV1 = versionOf(view, at) === 1
  if (form !== formBlob) return `payload form ${form} is unknown`
  if (length <= inlinePayloadBytes || length > sealedBytesLimit) return 'a blob payload has the wrong size'
  if (to - from !== (isV1 ? hashBytes : blobReferenceBytes)) return 'a blob reference is not a digest'
  const subject = isV1 ? domainSubject : getU64(view, from + hashBytes)
  return Number.isNaN(subject) ? 'a number is beyond 2^53-1' : subject
}

function readBody(source: RecordSource, kind: EventKind, at: number, to: number): object | string {
  const { bytes, view } = source
  const codec = view.getUint8(at + fieldAt.codec)
  const from = at + recordHeaderBytes
  if (codec === codecPacked)
    return unpackBody(kind, { bytes, view, from, to }) ?? 'a packed body is not what its kind packs'
  if (codec !== codecJson && codec !== codecJsonV1) return `body codec ${codec} is unknown`
  const body = readJson(bytes.subarray(from, to))
  if (codec === codecJsonV1 || typeof body === 'string' || !isPackable(kind, body)) return body
  return 'a body that is packed stands here as JSON'
}

function readJson(bytes: Buffer): object | string {
  const parsed = parseStrictJson(bytes, bodyLimits)
  if (!parsed.ok) return `a body is not strict JSON: ${parsed.error.message}`
  if (!isJsonObject(parsed.value)) return 'a body is not a JSON object'
  return bytes.equals(Buffer.from(canonicalJson(parsed.value)))
    ? parsed.value
    : 'a body is not canonical JSON'
}

/** True when every byte of `buffer` from `from` up to `to` is zero. */
export function isZero(buffer: Buffer, from: number, to: number): boolean {
  return lastNonZero(buffer, from, to) === from
}

const zeros = Buffer.alloc(65_536)

/** Offset after the last byte that is not zero between `from` and `to`, or `from` when all are. */
export function lastNonZero(buffer: Buffer, from: number, to: number): number {
  let end = to
  while (end > from) {
    const start = Math.max(from, end - zeros.length)
    if (buffer.compare(zeros, 0, end - start, start, end) !== 0) break
    end = start
  }
  while (end > from && buffer[end - 1] === 0) end--
  return end
}
