/**
 * How an approval shows its arguments without the ledger telling them: under a salt that only the key of their
 * subject can give back. When that key is destroyed, the digest says nothing any more about what was approved.
 */
import { sha256Hex } from '../base/hash.ts'
import type { Vault } from '../ledger/port.ts'

/** What an approval shows of the arguments: their digest under a salt that only the subject's key gives. */
export function saltedDigest(vault: Vault, nonce: string, bytes: Uint8Array, subject: number): string {
  return sha256Hex(Buffer.concat([Buffer.from(saltOf(vault, nonce, subject), 'hex'), bytes]))
}

/** The salt for an approval's nonce, in hex. Gone with the subject's key. */
export function saltOf(vault: Vault, nonce: string, subject: number): string {
  return vault.commit(Buffer.from(`approval salt ${nonce}`), subject)
}
