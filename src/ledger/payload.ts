/**
 * Where a payload's bytes go and how they come back. Small ones ride sealed in the record; large ones become
 * a blob named by the digest of its sealed bytes, which is durable before the event that names it.
 */
import { invariant } from '../base/fault.ts'
import { sha256Hex } from '../base/hash.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import type { Event } from '../kernel/event.ts'
import type { BlobStore } from './blobs.ts'
import { inlinePayloadBytes, sealedBytesLimit } from './format.ts'
import type { Plaintext, SealedText, Vault } from './port.ts'
import type { LedgerRecord, StoredPayload, Storing } from './record.ts'
import { domainSubject } from './subject-keys.ts'

/** A sealed payload that must be stored before the event that names it. */
export interface Blob {
  readonly digest: string
  readonly sealed: Uint8Array
}

/** The sealed payloads of a batch. */
export interface SealedPayloads {
  /** For each event in order how its payload is stored; null when it has none. */
  readonly stored: readonly (Storing | null)[]
  readonly blobs: readonly Blob[]
}

/** Seals the payloads of `events`, whose bytes must be there. */
export function sealPayloads(events: readonly Event[], vault: Vault): SealedPayloads {
  const texts: Plaintext[] = []
  for (const { payload } of events) {
    if (payload === null) continue
    const { bytes } = payload
    invariant(bytes !== null && bytes.length === payload.length, 'a payload is appended with its bytes')
    texts.push(payload as Plaintext)
  }
  const sealed = texts.length === 0 ? [] : vault.seal(texts)
  const stored: (Storing | null)[] = []
  const blobs: Blob[] = []
  let next = 0
  for (const { payload } of events) {
    const text = payload === null ? undefined : sealed[next++]
    if (payload === null || text === undefined) stored.push(null)
    else if (payload.length <= inlinePayloadBytes) stored.push(text)
    else stored.push(blobOf(text, payload.subject ?? domainSubject, blobs))
  }
  return { stored, blobs }
}

function blobOf(text: SealedText, subject: number, blobs: Blob[]): StoredPayload {
  invariant(text.length <= sealedBytesLimit, 'a payload is too large')
  const sealed = Buffer.allocUnsafeSlow(text.length)
  text.write(sealed, 0)
  const digest = sha256Hex(sealed)
  blobs.push({ digest, sealed })
  return { form: 'blob', digest, subject }
}

/** Why a payload cannot be had. Closed. */
export type PayloadProblem =
  | 'no-payload' // the event has none
  | 'blob-missing' // its blob is not in the store
  | 'blob-damaged' // its blob is not what the event names
  | 'sealed' // the key is gone or another one, or it opens to other bytes than the event commits to

/** The plaintext of a record's payload, checked against the event's commitment. */
export function openPayload(
  record: LedgerRecord,
  vault: Vault,
  blobs: BlobStore,
): Result<Uint8Array, PayloadProblem> {
  const { stored } = record
  const { payload } = record.event
  if (payload === null || stored === null) return err('no-payload')
  const sealed = stored.form === 'inline' ? stored.sealed : blobs.get(stored.digest)
  if (sealed === null) return err('blob-missing')
  if (stored.form === 'blob' && sha256Hex(sealed) !== stored.digest) return err('blob-damaged')
  const bytes = vault.open(sealed, payload.commitment)
  return bytes !== null && bytes.length === payload.length ? ok(bytes) : err('sealed')
}
