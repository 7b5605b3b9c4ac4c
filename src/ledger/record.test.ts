import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { canonicalJson } from '../base/canonical-json.ts'
import type { Json } from '../base/json.ts'
import { eventCodes } from '../kernel/event-codes.ts'
import { bench } from './ledger-contract.ts'
import type { Event } from '../kernel/event.ts'
import { sealPayloads } from './payload.ts'
import type { LedgerRecord } from './record.ts'
import { readRecord, recordDigest } from './record.ts'
import type { Result } from '../base/result.ts'
import { sampleEvent } from './sample-events.ts'
import { getU64, readU64, setU64, writeU64 } from './u64.ts'
import { viewOf } from './write-buffer.ts'
import { encodeRecord } from './write-record.ts'

const { vault, signer } = bench(4096)

function encoded(event: Event): Buffer {
  return encodeRecord(event, sealPayloads([event], vault).stored[0] ?? null)
}

const encode = (seq: number): Buffer => encoded(sampleEvent(seq, vault, signer.publicKey))

const read = (bytes: Buffer, seq: number): Result<LedgerRecord, string> =>
  readRecord(bytes, 0, bytes.length, seq)

test('every form of record reads back as the event it was, but for the payload bytes', () => {
  for (const seq of [1, 2, 3, 4, 5, 34, 51]) {
    const event = sampleEvent(seq, vault, signer.publicKey)
    const result = read(encode(seq), seq)
    assert.ok(result.ok, JSON.stringify(result))
    const expected = { ...event, payload: event.payload && { ...event.payload, bytes: null } }
    assert.equal(
      canonicalJson(result.value.event as unknown as Json),
      canonicalJson(expected as unknown as Json),
    )
    assert.match(recordDigest(result.value), /^[0-9a-f]{64}$/)
  }
})

test('a record that says anything in another way is refused', () => {
  const refused = (seq: number, change: (bytes: Buffer) => void): string => {
    const bytes = encode(seq)
    change(bytes)
    const result = read(bytes, seq)
    return result.ok ? 'accepted' : result.error
  }
  assert.match(
    refused(3, (b) => b.writeUInt16LE(999, 4)),
    /event kind 999/,
  )
  assert.match(
    refused(3, (b) => b.writeUInt8(4, 6)),
    /codec 4/,
  )
  assert.match(
    refused(2, (b) => b.writeUInt8(2, 6)),
    /not what its kind packs/,
  )
  assert.match(
    refused(3, (b) => b.writeUInt8(3, 6)),
    /not strict JSON/,
  )
  assert.match(
    refused(3, (b) => b.writeUInt8(1, 104 + b.readUInt32LE(56))),
    /not sealed as it must be/,
  )
  assert.match(
    refused(3, (b) => b.writeUInt8(3, 7)),
    /payload form 3/,
  )
  assert.match(
    refused(3, (b) => b.writeUInt8(0, 7)),
    /without a payload/,
  )
  assert.match(
    refused(3, (b) => b.writeUInt8(1, 15)),
    /not event 3/,
  )
  assert.match(
    refused(3, (b) => b.writeUInt8(0xff, 23)),
    /2\^53/,
  )
  assert.match(
    refused(3, (b) => b.writeUInt8(9, 24)),
    /caused by a later/,
  )
  assert.match(
    refused(3, (b) => b.writeUInt8(0, 48)),
    /half of an authority/,
  )
  assert.match(
    refused(3, (b) => b.writeUInt32LE(6, 68)),
    /actor kind 6/,
  )
  assert.match(
    refused(3, (b) => b.writeUInt32LE(b.readUInt32LE(0) + 8, 0)),
    /length is impossible/,
  )
  assert.match(
    refused(3, (b) => b.writeUInt32LE(b.readUInt32LE(56) + 8, 56)),
    /do not fill/,
  )
  assert.match(
    refused(2, (b) => b.writeUInt8(1, 72)),
    /without a payload/,
  )
  assert.match(
    refused(2, (b) => b.write('{ "boot"', 104)),
    /not (strict|canonical) JSON/,
  )
  assert.match(
    refused(34, (b) => b.writeUInt32LE(4096, 60)),
    /wrong size/,
  )
  const padded = encode(2)
  padded[padded.length - 1] = 1
  assert.equal(read(padded, 2).ok, false)
})

test('a body that is packed is not accepted as JSON, unless the record is of version 1', () => {
  const event = { ...sampleEvent(5, vault, signer.publicKey), payload: null }
  const json = Buffer.from(canonicalJson(event.body as unknown as Json))
  const packed = encoded(event)
  const bytes = Buffer.alloc(104 + Math.ceil(json.length / 8) * 8)
  packed.copy(bytes, 0, 0, 104)
  json.copy(bytes, 104)
  bytes.writeUInt32LE(bytes.length, 0)
  bytes.writeUInt32LE(json.length, 56)
  bytes.writeUInt8(3, 6)
  assert.deepEqual(read(bytes, 5), { ok: false, error: 'a body that is packed stands here as JSON' })
  bytes.writeUInt8(1, 6)
  const old = read(bytes, 5)
  assert.ok(old.ok)
  assert.equal(old.value.version, 1)
  const now = read(packed, 5)
  assert.ok(now.ok)
  assert.equal(now.value.version, 2)
  assert.deepEqual(
    canonicalJson(now.value.event as unknown as Json),
    canonicalJson(old.value.event as unknown as Json),
  )
})

test('a record says whom its payload is about, wherever the payload is', () => {
  for (const seq of [3, 34]) {
    const event = sampleEvent(seq, vault, signer.publicKey)
    const { bytes, length } = event.payload ?? assert.fail()
    const payload = { commitment: vault.commit(bytes ?? new Uint8Array(), 12), length, bytes, subject: 12 }
    const result = read(encoded({ ...event, payload }), seq)
    assert.ok(result.ok)
    assert.deepEqual(result.value.event.payload, { ...payload, bytes: null })
    if (result.value.stored?.form === 'blob') assert.equal(result.value.stored.subject, 12)
  }
})

test('numbers are stored exactly up to 2^53-1 and never beyond', () => {
  const buffer = Buffer.alloc(8)
  for (const value of [0, 1, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
    writeU64(buffer, value, 0)
    assert.equal(readU64(buffer, 0), value)
    setU64(viewOf(buffer), value, 0)
    assert.equal(getU64(viewOf(buffer), 0), value)
    assert.equal(buffer.readBigUInt64LE(), BigInt(value))
  }
  buffer.writeBigUInt64LE(2n ** 53n)
  assert.ok(Number.isNaN(readU64(buffer, 0)) && Number.isNaN(getU64(viewOf(buffer), 0)))
  for (const value of [-1, 0.5, 2 ** 53, NaN]) {
    assert.throws(() => writeU64(buffer, value, 0), /safe integer/)
    assert.throws(() => setU64(viewOf(buffer), value, 0), /safe integer/)
  }
})

test('the format page and the independent verifier know exactly the event kinds there are', () => {
  const page = readFileSync(new URL('../../docs/ledger-format.md', import.meta.url), 'utf8')
  const documented = Object.fromEntries(
    [
      ...page.matchAll(/\| (\d+) `([a-z.]+)` /g),
      ...page.matchAll(/\| \d+ `[a-z.]+` \| (\d+) `([a-z.]+)` /g),
    ].map((match) => [match[2], Number(match[1])]),
  )
  assert.deepEqual(documented, { ...eventCodes })
  const verifier = readFileSync(new URL('../../proof/verify-ledger.mjs', import.meta.url), 'utf8')
  assert.equal(Number(/^const KINDS = (\d+)$/m.exec(verifier)?.[1]), Math.max(...Object.values(eventCodes)))
})
