/**
 * The digest of a run of capabilities: what the state root is made of where there are many, so that only runs
 * in which something changed are hashed again. It says everything about a capability but how it is stored.
 */
import { canonicalJson } from '../../base/canonical-json.ts'
import { sha256, sha256Hex } from '../../base/hash.ts'
import type { Json } from '../../base/json.ts'
import type { Capability } from './record.ts'
import type { Caveats } from './terms.ts'

const numbers = 16
const recordBytes = numbers * 8 + 32
/** Caveats are shared by many, and are never changed in place. */
const known = new WeakMap<Caveats, Uint8Array>()

/** SHA-256 in hex over each capability's numbers, as little-endian doubles, and the digest of its caveats. */
export function digestOfRun(run: readonly Capability[]): string {
  const bytes = new Uint8Array(run.length * recordBytes)
  const view = new DataView(bytes.buffer)
  for (const [index, capability] of run.entries()) {
    const start = index * recordBytes
    for (const [place, number] of numbersOf(capability).entries())
      view.setFloat64(start + place * 8, number, true)
    bytes.set(digestOf(capability.caveats), start + numbers * 8)
  }
  return sha256Hex(bytes)
}

function numbersOf(capability: Capability): readonly number[] {
  const { id, parent, root, depth, holder, handle, object, grantedBy, since } = capability
  const { children, spent, reserved, windowStart, windowCount } = capability
  const made = [id, parent, root, depth, holder, handle, object, grantedBy, since]
  const isHeld = capability.held ? 1 : 0
  const isRevoked = capability.revoked ? 1 : 0
  return [...made, isHeld, isRevoked, children, spent, reserved, windowStart, windowCount]
}

function digestOf(caveats: Caveats): Uint8Array {
  const digest = known.get(caveats) ?? sha256(canonicalJson(caveats as unknown as Json))
  known.set(caveats, digest)
  return digest
}
