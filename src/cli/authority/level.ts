/**
 * Capabilities as the questions about authority see them: plain copies of what the state held at one moment, so
 * that what happens later does not change an answer about earlier. The one place of these commands that knows
 * how the state keeps capabilities.
 */
import type { CapabilityId, Instant } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import { selectorsOf } from '../../kernel/capability/narrow.ts'
import { usesLeft } from '../../kernel/capability/reserve.ts'
import type { Caveats } from '../../kernel/capability/terms.ts'
import { chainOf, whyDead } from '../../kernel/capability/tree.ts'
import type { Capability, State } from '../../kernel/state.ts'

/** One capability as it was. */
export interface Level {
  readonly capability: number
  /** 0 at a root grant. */
  readonly parent: number
  readonly root: number
  readonly depth: number
  readonly holder: number
  /** 0 for an approval. */
  readonly handle: number
  readonly object: number
  /** Of this level alone. */
  readonly caveats: Caveats
  readonly revoked: boolean
  readonly spent: number
  readonly reserved: number
  /** Null when uses are not counted. */
  readonly usesLeft: number | null
}

/** The capability and all above it, itself first; empty when it is not in the tree. */
export function levelsOf(state: State, capability: number): readonly Level[] {
  const leaf = id<CapabilityId>(capability)
  return state.capabilities.has(leaf) ? chainOf(state, leaf).map(levelOf) : []
}

/** Every capability in the tree, approvals too, in the order in which they were made. */
export function* allLevels(state: State): Generator<Level> {
  for (const capability of state.capabilities.values()) yield levelOf(capability)
}

/** The selectors that the whole chain allows, sorted. */
export function selectorsAllowed(state: State, capability: number): readonly string[] {
  return [...selectorsOf(chainOf(state, id<CapabilityId>(capability)))].toSorted()
}

/** Why the capability is dead at `at`, or null while its whole chain lives. */
export function whyDeadAt(state: State, capability: number, at: number): string | null {
  const chain = chainOf(state, id<CapabilityId>(capability))
  return whyDead(state, chain, id<Instant>(at))?.message ?? null
}

function levelOf(capability: Capability): Level {
  const left = usesLeft(capability)
  const { parent, root, depth, holder, handle, object, caveats, revoked, spent, reserved } = capability
  return {
    capability: capability.id,
    parent,
    root,
    depth,
    holder,
    handle,
    object,
    caveats,
    revoked,
    spent,
    reserved,
    usesLeft: Number.isFinite(left) ? left : null,
  }
}
