/** What an event is about without saying it: bytes that are sealed, and whom they are about. */
import type { PackedDigest } from '../base/packed-digest.ts'

/**
 * Argument or result bytes that belong to an event. The ledger stores them sealed; the event carries only
 * the keyed commitment (HMAC-SHA-256 in hex), so destroying the key erases them without breaking the chain.
 * `bytes` is null when folding a ledger whose payloads were not opened; the fold never needs them.
 */
export interface Payload {
  readonly commitment: string
  /** The same where it was read from bytes of which nobody has made text. */
  readonly packed?: PackedDigest
  readonly length: number
  readonly bytes: Uint8Array | null
  /** Whom it is about: under whose keys it is sealed and committed to. 0, or none: the domain's. */
  readonly subject?: number
}
