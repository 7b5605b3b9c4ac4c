/** Nonces and secrets as text, drawn through the Entropy port so that the simulator owns them too. */
import type { Entropy } from './ports.ts'
import { bytesToHex } from './hash.ts'

/** `byteCount` fresh random bytes as `2 * byteCount` lower-case hex digits. */
export function randomHex(entropy: Entropy, byteCount: number): string {
  return bytesToHex(entropy.bytes(byteCount))
}
