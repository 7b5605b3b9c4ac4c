import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { canonicalJson } from '../base/canonical-json.ts'
import type { Json } from '../base/json.ts'
import { eventCodes } from '../kernel/event-codes.ts'
import { bench } from './ledger-contract.ts'
import { sealPayload } from './payload.ts'
import { prepareRecord, readRecord, recordDigest, writeRecord } from './record.ts'
import { sampleEvent } from './sample-events.ts'
import { readU64, writeU64 } from './u64.ts'

const { vault, signer } = bench(4096)

function encode(seq: number): Buffer {
  const event = sampleEvent(seq, vault, signer.publicKey)
  const stored = event.payload === null ? null : sealPayload(event.payload, vault).stored
  const record = prepareRecord(event, stored)
  const bytes = Buffer.alloc(record.length)
  assert.equal(writeRecord(record, bytes, 0), bytes.length)
  return bytes
}

test('every form of record reads back as the event it was, but for the payload bytes', () => {
  for (const seq of [1, 2, 3, 4, 5, 34, 51]) {
    const event = sampleEvent(seq, vault, signer.publicKey)
    const bytes = encode(seq)
    const read = readRecord(bytes, 0, bytes.length, seq)
    assert.ok(read.ok, JSON.stringify(read))
    const expected = { ...event, payload: event.payload && { ...event.payload, bytes: null } }
    assert.equal(
      canonicalJson(read.value.event as unknown as Json),
      canonicalJson(expected as unknown as Json),
    )
    assert.match(recordDigest(read.value), /^[0-9a-f]{64}$/)
  }
})

test('a record that says anything in another way is refused', () => {
  const refused = (seq: number, change: (bytes: Buffer) => void): string => {
    const bytes = encode(seq)
    change(bytes)
    const read = readRecord(bytes, 0, bytes.length, seq)
    return read.ok ? 'accepted' : read.error
  }
  assert.match(
    refused(3, (b) => b.writeUInt16LE(999, 4)),
    /event kind 999/,
  )
  assert.match(
    refused(3, (b) => b.writeUInt8(2, 6)),
    /codec 2/,
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
  assert.equal(readRecord(padded, 0, padded.length, 2).ok, false)
})

test('numbers are stored exactly up to 2^53-1 and never beyond', () => {
  const buffer = Buffer.alloc(8)
  for (const value of [0, 1, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
    writeU64(buffer, value, 0)
    assert.equal(readU64(buffer, 0), value)
    assert.equal(buffer.readBigUInt64LE(), BigInt(value))
  }
  buffer.writeBigUInt64LE(2n ** 53n)
  assert.ok(Number.isNaN(readU64(buffer, 0)))
  for (const value of [-1, 0.5, 2 ** 53, NaN]) assert.throws(() => writeU64(buffer, value, 0), /safe integer/)
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
