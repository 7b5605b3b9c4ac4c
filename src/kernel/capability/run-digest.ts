/**
 * The digest of a run of capabilities: what the state root is made of where there are many, so that only runs
 * in which something changed are hashed again. It says everything about a capability but how it is stored.
 */
import { canonicalJson } from '../../base/canonical-json.ts'
import { sha256, sha256Hex } from '../../base/hash.ts'
import type { Json } from '../../base/json.ts'
import type { Capability } from './record.ts'
import type { Caveats } from './terms.ts'

const made = 9
const numbers = made + 7
const recordBytes = numbers * 8 + 32
/** Caveats are shared by many, and are never changed in place. */
const known = new WeakMap<Caveats, Uint8Array>()

/** SHA-256 in hex over each capability's numbers, as little-endian doubles, and the digest of its caveats. */
export function digestOfRun(run: readonly Capability[]): string {
  const bytes = new Uint8Array(run.length * recordBytes)
  const view = new DataView(bytes.buffer)
  for (const [index, capability] of run.entries()) {
    const start = index * recordBytes
    writeMade(view, start, capability)
    writeCounted(view, start + made * 8, capability)
    bytes.set(digestOf(capability.caveats), start + numbers * 8)
  }
  return sha256Hex(bytes)
}

function writeMade(view: DataView, at: number, capability: Capability): void {
  view.setFloat64(at, capability.id, true)
  view.setFloat64(at + 8, capability.parent, true)
  view.setFloat64(at + 16, capability.root, true)
  view.setFloat64(at + 24, capability.depth, true)
  view.setFloat64(at + 32, capability.holder, true)
  view.setFloat64(at + 40, capability.handle, true)
  view.setFloat64(at + 48, capability.object, true)
  view.setFloat64(at + 56, capability.grantedBy, true)
  view.setFloat64(at + 64, capability.since, true)
}

function writeCounted(view: DataView, at: number, capability: Capability): void {
  view.setFloat64(at, capability.held ? 1 : 0, true)
  view.setFloat64(at + 8, capability.revoked ? 1 : 0, true)
  view.setFloat64(at + 16, capability.children, true)
  view.setFloat64(at + 24, capability.spent, true)
  view.setFloat64(at + 32, capability.reserved, true)
  view.setFloat64(at + 40, capability.windowStart, true)
  view.setFloat64(at + 48, capability.windowCount, true)
}

function digestOf(caveats: Caveats): Uint8Array {
  const digest = known.get(caveats) ?? sha256(canonicalJson(caveats as unknown as Json))
  known.set(caveats, digest)
  return digest
}
