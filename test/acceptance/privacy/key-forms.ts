/**
 * A subject's key as it can be in memory: itself, all that is derived from it, as `docs/ledger-format.md` describes it,
 * and the keys of the batches that were sealed under it.
 */
import { createHmac, hkdfSync } from 'node:crypto'
import type { StoredPayload } from '../../../src/ledger/record.ts'

const blockBytes = 64

/** The forms of `key`, and of the key of every batch that `sealed` payloads of the subject are from. */
export function keyForms(key: Buffer, sealed: readonly Uint8Array[] = []): readonly Buffer[] {
  const derived = (purpose: string): Buffer =>
    Buffer.from(hkdfSync('sha256', key, new Uint8Array(0), purpose, 32))
  const sealing = derived('custos payload sealing v1')
  const once = [
    key,
    createHmac('sha256', '').update(key).digest(),
    derived('custos payload commitment v1'),
    sealing,
  ]
  const batches = sealed.map((bytes) => createHmac('sha256', sealing).update(bytes.subarray(8, 32)).digest())
  return [...once, ...batches].flatMap((bytes) => [bytes, padded(bytes, 0x36), padded(bytes, 0x5c)])
}

/** How HMAC hashes a key first. */
function padded(key: Buffer, pad: number): Buffer {
  return Buffer.from(Buffer.concat([key, Buffer.alloc(blockBytes - key.length)]).map((byte) => byte ^ pad))
}

/** The sealed payloads of `subject` among those that stand in records. */
export function sealedOf(subject: number, stored: readonly (StoredPayload | null)[]): readonly Uint8Array[] {
  return stored.flatMap((payload) => {
    if (payload?.form !== 'inline') return []
    const bytes = Buffer.from(payload.sealed)
    return bytes.readUInt32LE(8) === subject ? [bytes] : []
  })
}
