/**
 * The derivation tree. A capability is live only if every node up to its root is: nothing is cascaded, so a
 * revocation takes effect on everything below it at once, however much that is, and whoever is offline.
 */
import { found, invariant } from '../../base/fault.ts'
import type { CapabilityId, Handle, Instant, ProcessId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { Term } from './record.ts'
import type { Authority } from '../event.ts'
import type { Refusal } from '../refusal.ts'
import { refusal } from '../refusal.ts'
import type { Capability, Process, State } from '../state.ts'

/** The capability a handle designates in one process's table, or null. */
export function designated(state: State, process: Process, handle: Handle): Capability | null {
  return state.capabilities.get(process.handles.get(handle) ?? id(0)) ?? null
}

/** The id behind a handle of one process's table, or null. */
export function designatedId(state: State, process: Process, handle: Handle): CapabilityId | null {
  const capability = process.handles.get(handle)
  return capability !== undefined && state.capabilities.has(capability) ? capability : null
}

/** The capability and all its ancestors, itself first. */
export function chainOf(state: State, leaf: CapabilityId): readonly Capability[] {
  return levelsOf(state, leaf).map((level) => capabilityOf(state, level))
}

/** The capability, and above it only what has caveats: all that a use of it is judged by. */
export function termsOf({ capabilities }: State, leaf: CapabilityId): readonly Term[] {
  return capabilities.termsOf(leaf)
}

/** A capability that something speaks of. */
export function capabilityOf({ capabilities }: State, capability: CapabilityId): Capability {
  return found(capabilities.get(capability), 'a capability that is spoken of is in the tree')
}

/** The ids of the capability and all its ancestors, itself first. */
export function levelsOf(state: State, leaf: CapabilityId): readonly CapabilityId[] {
  const levels: CapabilityId[] = []
  for (let next: CapabilityId | 0 = leaf; next !== 0; next = state.capabilities.parentOf(next)) {
    levels.push(next)
  }
  return levels
}

/** Why the chain is dead at `at`, or null while every node of it lives. Uses and rates are not judged here. */
export function whyDead(state: State, chain: readonly Pick<Capability, 'id'>[], at: Instant): Refusal | null {
  const leaf = chain[0]
  invariant(leaf !== undefined, 'a chain has at least its leaf')
  return whyNotLive(state, leaf.id, at)
}

/** Why the capability or something above it is dead at `at`, or null. Costs one look when nothing changed. */
export function whyNotLive(state: State, leaf: CapabilityId, at: Instant): Refusal | null {
  const { capabilities } = state
  if (capabilities.isKnownLive(leaf, at)) return null
  for (let level: CapabilityId | 0 = leaf; level !== 0; level = capabilities.parentOf(level)) {
    if (capabilities.isKnownLive(level, at)) break
    const why = whyLevelDead(state, level, at)
    if (why !== null) return why
  }
  capabilities.noteLive(leaf)
  return null
}

/** Why one level is dead by itself, whatever is above it, or null. */
export function whyLevelDead(
  { capabilities, processes }: State,
  level: CapabilityId,
  at: Instant,
): Refusal | null {
  if (capabilities.isRevoked(level))
    return refusal('revoked', 'This capability was revoked.', 'A new grant by an operator.')
  if (processes.get(capabilities.holderOf(level))?.killed !== false)
    return refusal(
      'revoked',
      'A holder this capability came through was killed.',
      'A new grant by an operator.',
    )
  const { expiresAt } = capabilities.caveatsOf(level)
  if (expiresAt === undefined || expiresAt > at) return null
  return refusal('expired', 'This capability has expired.', 'A new grant by an operator.')
}

/** True when `ancestor` is on the way from `leaf` to its root; a capability is its own ancestor. */
export function descendsFrom({ capabilities }: State, leaf: CapabilityId, ancestor: CapabilityId): boolean {
  let level: CapabilityId | 0 = leaf
  // A parent is older than its children, so there is nothing to find above an older one.
  while (level !== 0 && level > ancestor) level = capabilities.parentOf(level)
  return level === ancestor
}

/** True when some node of the chain is held by `holder`. */
export function passesThrough({ capabilities }: State, leaf: CapabilityId, holder: ProcessId): boolean {
  for (let level: CapabilityId | 0 = leaf; level !== 0; level = capabilities.parentOf(level)) {
    if (capabilities.holderOf(level) === holder) return true
  }
  return false
}

/** The capability an event was done under, with its root. */
export function authorityOf(capability: Pick<Capability, 'id' | 'root'>): Authority {
  return { capability: capability.id, root: capability.root }
}
