/**
 * One event as bytes: a fixed header, the body as RFC 8785 JSON, then the sealed payload or the digest of
 * the blob that holds it. There is exactly one encoding of an event, and decoding accepts no other: what is
 * hashed is what is stored, and what is stored is what is meant.
 */
import { canonicalJson } from '../base/canonical-json.ts'
import { invariant } from '../base/fault.ts'
import { bytesToHex, sha256Hex } from '../base/hash.ts'
import type { Json } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import type { JsonLimits } from '../base/strict-json.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import type { Actor, Event, EventKind, Payload } from '../kernel/event.ts'
import { eventCodes } from '../kernel/event-codes.ts'
import {
  bodyBytesLimit,
  hashBytes,
  inlinePayloadBytes,
  inlineSealedBytes,
  recordHeaderBytes,
  roundUp,
  sealedBytesLimit,
} from './format.ts'
import { readU64, writeU64 } from './u64.ts'

/** Where the sealed bytes of a payload are: in the record, or in the blob of that digest (hex). */
export type StoredPayload =
  | { readonly form: 'inline'; readonly sealed: Uint8Array }
  | { readonly form: 'blob'; readonly digest: string }

/** One decoded record. `bytes` is the encoding itself; nobody may write to it. */
export interface LedgerRecord {
  /** The event; `payload.bytes` is null. */
  readonly event: Event
  readonly stored: StoredPayload | null
  readonly bytes: Uint8Array
}

/** An event made ready to be written: its body as text and its payload sealed. */
export interface PreparedRecord {
  readonly event: Event
  readonly body: string
  readonly bodyBytes: number
  readonly stored: StoredPayload | null
  /** Encoded length, a multiple of 8. */
  readonly length: number
}

const actorCodes: { readonly [K in Actor['kind']]: number } = {
  kernel: 1,
  process: 2,
  operator: 3,
  driver: 4,
  supervisor: 5,
}
const actorKinds = new Map(Object.entries(actorCodes).map(([kind, code]) => [code, kind as Actor['kind']]))
const eventKinds = new Map(Object.entries(eventCodes).map(([kind, code]) => [code, kind as EventKind]))
const codecCanonicalJson = 1
const formNone = 0
const formInline = 1
const formBlob = 2
const bodyLimits: JsonLimits = { maxBytes: bodyBytesLimit, maxDepth: 64, maxValues: 1_048_576 }

/** SHA-256 in hex of the encoded record: the event's digest. */
export function recordDigest(record: LedgerRecord): string {
  return sha256Hex(record.bytes)
}

/** Measures an event before it is written. `stored` must be there exactly when the event has a payload. */
export function prepareRecord(event: Event, stored: StoredPayload | null): PreparedRecord {
  const body = canonicalJson(event.body as unknown as Json)
  const bodyBytes = Buffer.byteLength(body)
  invariant(bodyBytes <= bodyBytesLimit, `the body of a ${event.kind} event is too large`)
  invariant((event.payload === null) === (stored === null), 'a payload and its sealed form come together')
  const length = roundUp(recordHeaderBytes + bodyBytes + storedBytes(stored), 8)
  return { event, body, bodyBytes, stored, length }
}

function storedBytes(stored: StoredPayload | null): number {
  if (stored === null) return 0
  return stored.form === 'inline' ? stored.sealed.length : hashBytes
}

/** Writes the record at `at`, where `record.length` bytes must be free. Returns the offset after it. */
export function writeRecord(record: PreparedRecord, buffer: Buffer, at: number): number {
  const { event, stored } = record
  const end = at + record.length
  buffer.writeUInt32LE(record.length, at)
  buffer.writeUInt16LE(eventCodes[event.kind], at + 4)
  buffer.writeUInt8(codecCanonicalJson, at + 6)
  buffer.writeUInt8(stored === null ? formNone : stored.form === 'inline' ? formInline : formBlob, at + 7)
  writeU64(buffer, event.seq, at + 8)
  writeU64(buffer, event.at, at + 16)
  writeU64(buffer, event.cause, at + 24)
  writeU64(buffer, event.actor.id, at + 32)
  writeU64(buffer, event.authority?.capability ?? 0, at + 40)
  writeU64(buffer, event.authority?.root ?? 0, at + 48)
  buffer.writeUInt32LE(record.bodyBytes, at + 56)
  buffer.writeUInt32LE(event.payload?.length ?? 0, at + 60)
  buffer.writeUInt32LE(storedBytes(stored), at + 64)
  buffer.writeUInt32LE(actorCodes[event.actor.kind], at + 68)
  writeCommitment(event.payload, buffer, at + 72)
  const bodyAt = at + recordHeaderBytes
  buffer.write(record.body, bodyAt, 'utf8')
  const payloadEnd = writeStored(stored, buffer, bodyAt + record.bodyBytes)
  buffer.fill(0, payloadEnd, end)
  return end
}

function writeCommitment(payload: Payload | null, buffer: Buffer, at: number): void {
  if (payload === null) {
    buffer.fill(0, at, at + hashBytes)
    return
  }
  const written = buffer.write(payload.commitment, at, hashBytes, 'hex')
  invariant(written === hashBytes && payload.commitment.length === 64, 'a commitment is 64 hex digits')
}

function writeStored(stored: StoredPayload | null, buffer: Buffer, at: number): number {
  if (stored === null) return at
  if (stored.form === 'inline') {
    buffer.set(stored.sealed, at)
    return at + stored.sealed.length
  }
  invariant(buffer.write(stored.digest, at, 'hex') === hashBytes, 'a blob digest is 64 hex digits')
  return at + hashBytes
}

/**
 * Decodes the record at `at`, which must lie wholly before `end` and hold event `seq`. The error says what
 * is wrong with it. The result shares memory with `buffer`.
 */
export function readRecord(
  buffer: Buffer,
  at: number,
  end: number,
  seq: number,
): Result<LedgerRecord, string> {
  if (end - at < recordHeaderBytes) return err('a record is cut off')
  const length = buffer.readUInt32LE(at)
  if (length % 8 !== 0 || length < recordHeaderBytes || length > end - at)
    return err('a record length is impossible')
  const bytes = buffer.subarray(at, at + length)
  const kind = eventKinds.get(bytes.readUInt16LE(4))
  if (kind === undefined) return err(`event kind ${bytes.readUInt16LE(4)} is unknown`)
  if (bytes.readUInt8(6) !== codecCanonicalJson) return err(`body codec ${bytes.readUInt8(6)} is unknown`)
  if (readU64(bytes, 8) !== seq) return err(`a record is not event ${seq}`)
  const payloadAt = recordHeaderBytes + bytes.readUInt32LE(56)
  const payloadEnd = payloadAt + bytes.readUInt32LE(64)
  if (roundUp(payloadEnd, 8) !== length) return err('the parts of a record do not fill it')
  if (!isZero(bytes, payloadEnd, length)) return err('the padding of a record is not zero')
  const envelope = readEnvelope(bytes, seq)
  if (!envelope.ok) return envelope
  const stored = readStored(bytes, payloadAt, payloadEnd)
  if (!stored.ok) return stored
  const body = readBody(bytes.subarray(recordHeaderBytes, payloadAt))
  if (!body.ok) return body
  const payload = stored.value === null ? null : readPayload(bytes)
  const event = { ...envelope.value, kind, body: body.value, payload } as unknown as Event
  return ok({ event, stored: stored.value, bytes })
}

type Envelope = Pick<Event, 'seq' | 'at' | 'actor' | 'cause' | 'authority'>

function readEnvelope(bytes: Buffer, seq: number): Result<Envelope, string> {
  const [at, cause, actorId] = [readU64(bytes, 16), readU64(bytes, 24), readU64(bytes, 32)]
  const [capability, root] = [readU64(bytes, 40), readU64(bytes, 48)]
  if (Number.isNaN(at + cause + actorId + capability + root)) return err('a number is beyond 2^53-1')
  if (cause >= seq) return err('an event cannot be caused by a later one')
  const actorKind = actorKinds.get(bytes.readUInt32LE(68))
  if (actorKind === undefined) return err(`actor kind ${bytes.readUInt32LE(68)} is unknown`)
  if ((capability === 0) !== (root === 0)) return err('half of an authority is missing')
  const authority = capability === 0 ? null : { capability, root }
  return ok({ seq, at, actor: { kind: actorKind, id: actorId }, cause, authority } as unknown as Envelope)
}

function readStored(bytes: Buffer, at: number, end: number): Result<StoredPayload | null, string> {
  const form = bytes.readUInt8(7)
  const plaintext = bytes.readUInt32LE(60)
  if (form === formNone) {
    const empty = plaintext === 0 && at === end && isZero(bytes, 72, recordHeaderBytes)
    return empty ? ok(null) : err('a record without a payload says something of one')
  }
  if (form === formInline) {
    if (plaintext > inlinePayloadBytes || end - at > inlineSealedBytes)
      return err('an inline payload is too large')
    return ok({ form: 'inline', sealed: bytes.subarray(at, end) })
  }
  if (form !== formBlob) return err(`payload form ${form} is unknown`)
  if (plaintext <= inlinePayloadBytes || plaintext > sealedBytesLimit)
    return err('a blob payload has the wrong size')
  if (end - at !== hashBytes) return err('a blob reference is not a digest')
  return ok({ form: 'blob', digest: bytesToHex(bytes.subarray(at, end)) })
}

function readPayload(bytes: Buffer): Payload {
  const commitment = bytesToHex(bytes.subarray(72, recordHeaderBytes))
  return { commitment, length: bytes.readUInt32LE(60), bytes: null }
}

function readBody(bytes: Buffer): Result<Json, string> {
  const parsed = parseStrictJson(bytes, bodyLimits)
  if (!parsed.ok) return err(`a body is not strict JSON: ${parsed.error.message}`)
  if (!isJsonObject(parsed.value)) return err('a body is not a JSON object')
  if (!bytes.equals(Buffer.from(canonicalJson(parsed.value)))) return err('a body is not canonical JSON')
  return ok(parsed.value)
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
