/**
 * How an approval shows its arguments without the ledger telling them: under a salt that only the vault's key
 * can give back. When that key is destroyed, the digest says nothing any more about what was approved.
 */
import { sha256Hex } from '../base/hash.ts'
import type { Vault } from '../ledger/port.ts'

/** What an approval shows of the arguments: their digest under a salt that only the vault's key gives. */
export function saltedDigest(vault: Vault, nonce: string, bytes: Uint8Array): string {
  return sha256Hex(Buffer.concat([Buffer.from(saltOf(vault, nonce), 'hex'), bytes]))
}

/** The salt for an approval's nonce, in hex. Gone with the vault's key. */
export function saltOf(vault: Vault, nonce: string): string {
  return vault.commit(Buffer.from(`approval salt ${nonce}`))
}
