/**
 * The state root: one hash over everything the kernel knows. Two kernels with the same root know the same;
 * refolding a ledger must reproduce the roots its checkpoints were signed with.
 */
import { canonicalJson } from '../base/canonical-json.ts'
import { sha256Hex } from '../base/hash.ts'
import type { Json } from '../base/json.ts'
import type { State } from './state.ts'

/** SHA-256 in hex of the canonical form of the state. Its cost grows with the size of the state. */
export function stateRoot(state: State): string {
  return sha256Hex(canonicalJson(plain(state)))
}

/** Maps become lists of pairs in order of creation, sets become sorted lists. */
function plain(value: unknown): Json {
  if (value instanceof Map) return [...value].map(([key, item]) => [key as Json, plain(item)])
  if (value instanceof Set) return ([...value] as string[]).sort()
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value as Json
  const members = Object.create(null) as { [name: string]: Json }
  for (const [name, item] of Object.entries(value)) members[name] = plain(item)
  return members
}
