/**
 * Where a payload's bytes go and how they come back. Small ones ride sealed in the record; large ones become
 * a blob named by the digest of its sealed bytes, which is durable before the event that names it.
 */
import { invariant } from '../base/fault.ts'
import { sha256Hex } from '../base/hash.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import type { Payload } from '../kernel/event.ts'
import type { BlobStore } from './blobs.ts'
import { inlinePayloadBytes, inlineSealedBytes, sealedBytesLimit } from './format.ts'
import type { Vault } from './port.ts'
import type { LedgerRecord, StoredPayload } from './record.ts'

/** A sealed payload, and the blob that must be stored for it, if any. */
export interface SealedPayload {
  readonly stored: StoredPayload
  readonly blob: { readonly digest: string; readonly sealed: Uint8Array } | null
}

/** Seals the bytes of `payload`, which must be there. */
export function sealPayload(payload: Payload, vault: Vault): SealedPayload {
  const { bytes } = payload
  invariant(bytes !== null && bytes.length === payload.length, 'a payload is appended with its bytes')
  const sealed = vault.seal(bytes)
  if (bytes.length <= inlinePayloadBytes) {
    invariant(sealed.length <= inlineSealedBytes, 'sealing adds at most 256 bytes')
    return { stored: { form: 'inline', sealed }, blob: null }
  }
  invariant(sealed.length <= sealedBytesLimit, 'a payload is too large')
  const digest = sha256Hex(sealed)
  return { stored: { form: 'blob', digest }, blob: { digest, sealed } }
}

/** Why a payload cannot be had. Closed. */
export type PayloadProblem =
  | 'no-payload' // the event has none
  | 'blob-missing' // its blob is not in the store
  | 'blob-damaged' // its blob is not what the event names
  | 'sealed' // the key is gone, or is not the one it was sealed under
  | 'commitment-mismatch' // it opens to other bytes than the event commits to

/** The plaintext of a record's payload, checked against the event's commitment. */
export function openPayload(
  record: LedgerRecord,
  vault: Vault,
  blobs: BlobStore,
): Result<Uint8Array, PayloadProblem> {
  const { payload } = record.event
  if (payload === null || record.stored === null) return err('no-payload')
  const sealed = record.stored.form === 'inline' ? record.stored.sealed : blobs.get(record.stored.digest)
  if (sealed === null) return err('blob-missing')
  if (record.stored.form === 'blob' && sha256Hex(sealed) !== record.stored.digest) return err('blob-damaged')
  const bytes = vault.open(sealed)
  if (bytes === null) return err('sealed')
  if (bytes.length !== payload.length || vault.commit(bytes) !== payload.commitment) {
    return err('commitment-mismatch')
  }
  return ok(bytes)
}
