/** Bytes as a payload: committed to under the keys of whom they are about, and sealed under them when recorded. */
import type { Payload } from '../kernel/event.ts'
import type { Vault } from '../ledger/port.ts'

/** The payload of `bytes` about `subject`, which is 0 for the domain itself. */
export function sealable(vault: Vault, bytes: Uint8Array, subject: number): Payload {
  const commitment = vault.commit(bytes, subject)
  return subject === 0
    ? { commitment, length: bytes.length, bytes }
    : { commitment, length: bytes.length, bytes, subject }
}
