/**
 * Taking out what a revocation left dead. Revoking marks one node, however many descend from it; a pass over the
 * table, a few ids with each event, marks the rest and takes it out. Parents are older than their children, so
 * one pass in the order of creation reaches all of them. It changes what is kept and never what is allowed.
 */
import type { CapabilityId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import { limits } from '../limits.ts'
import type { State } from '../state.ts'
import { dropHandle, reclaim } from './plant.ts'

/** Goes on with the pass, if there is one. Called by `evolve`, once with each event. */
export function sweepOn(state: State): void {
  const { sweep, capabilities } = state
  if (sweep === undefined) return
  const last = sweep.at + limits.sweptPerEvent - 1
  for (const capability of capabilities.keys(sweep.at, last)) sweepOne(state, capability)
  sweep.at = last + 1
  if (sweep.at < state.nextCapability) return
  if (sweep.again === 0) delete state.sweep
  else state.sweep = { at: sweep.again, again: 0 }
}

function sweepOne(state: State, capability: CapabilityId): void {
  const { capabilities, processes } = state
  if (!capabilities.isRevoked(capability)) {
    const parent = capabilities.parentOf(capability)
    if (parent === 0 || !capabilities.isRevoked(parent)) return
  }
  // An approval leaves the tree with its call, which names it until then.
  if (capabilities.handleOf(capability) === 0) return
  if (!capabilities.isRevoked(capability)) capabilities.revoke(capability)
  // Its holder goes on hearing "revoked", unless its table is long.
  const handles = processes.get(id(capabilities.holderOf(capability)))?.handles.size ?? 0
  if (handles >= limits.deadHandlesKept) dropHandle(state, capability)
  reclaim(state, capability)
}
