/**
 * The ledger as text: one RFC 8785 line per event, for tools that know nothing of it. Each line carries the
 * digest of the stored record, so an export can be held against the ledger it came from.
 */
import { canonicalJson } from '../base/canonical-json.ts'
import type { Json } from '../base/json.ts'
import type { BlobStore } from './blobs.ts'
import { openPayload } from './payload.ts'
import type { Vault } from './port.ts'
import type { LedgerRecord } from './record.ts'
import { recordDigest } from './record.ts'

/** What opens payloads, for an export that includes their plaintext. */
export interface PayloadSource {
  readonly vault: Vault
  readonly blobs: BlobStore
}

/**
 * The line of one event, without the newline. With `payloads`, a payload has `bytes` (base64), or
 * `unavailable` with the reason; without, only its commitment and length.
 */
export function exportLine(
  domain: string,
  record: LedgerRecord,
  payloads: PayloadSource | null = null,
): string {
  const { seq, at, kind, actor, cause, authority, body } = record.event
  const event = { seq, at, domain, kind, actor, cause, authority, body }
  const line = { ...event, payload: exportPayload(record, payloads), digest: recordDigest(record) }
  return canonicalJson(line as unknown as Json)
}

function exportPayload(record: LedgerRecord, payloads: PayloadSource | null): Json {
  const { payload } = record.event
  if (payload === null) return null
  const stated = { commitment: payload.commitment, length: payload.length }
  if (payloads === null) return stated
  const opened = openPayload(record, payloads.vault, payloads.blobs)
  if (!opened.ok) return { ...stated, unavailable: opened.error }
  return { ...stated, bytes: Buffer.from(opened.value).toString('base64') }
}

/** The lines of many events. */
export function* exportLines(
  domain: string,
  records: Iterable<LedgerRecord>,
  payloads: PayloadSource | null = null,
): Generator<string, void, undefined> {
  for (const record of records) yield exportLine(domain, record, payloads)
}
