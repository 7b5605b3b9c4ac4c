/**
 * The state root: one hash over everything the kernel knows. Two kernels with the same root know the same;
 * refolding a ledger must reproduce the roots its checkpoints were signed with.
 */
import { canonicalJson } from '../base/canonical-json.ts'
import { sha256Hex } from '../base/hash.ts'
import type { CapabilityId } from '../base/ids.ts'
import type { Json } from '../base/json.ts'
import type { Capability, State } from './state.ts'

/**
 * SHA-256 in hex of the canonical form of the state. By the rules of today capabilities are in it as digests of
 * runs, which cost only what has changed, and a process's table as its length: the records say what is in it.
 */
export function stateRoot(state: State): string {
  const { capabilities, processes } = state
  const calls = state.calls.plain()
  if (state.rules === undefined)
    return rootOf({ ...state, calls, capabilities: new Map([...capabilities].map(withoutHeld)) })
  const counted = [...processes].map(([key, process]) => [key, { ...process, handles: process.handles.size }])
  const digest = sha256Hex(capabilities.digests().join(''))
  return rootOf({ ...state, calls, capabilities: digest, processes: counted })
}

/** By the first rules a capability did not say whether it is held. */
function withoutHeld([key, capability]: readonly [CapabilityId, Capability]): [CapabilityId, object] {
  const { held: _held, ...rest } = capability
  return [key, rest]
}

function rootOf(state: object): string {
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
