/**
 * Growing and pruning the derivation tree. Only `evolve` calls these. A dead node stays while something still
 * points at it: a handle of its holder (so that the holder hears "revoked"), a child, or a reservation.
 */
import { found } from '../../base/fault.ts'
import type { CapabilityId, ProcessId, Seq } from '../../base/ids.ts'
import { limits } from '../limits.ts'
import type { Capability, Process, State } from '../state.ts'
import { openAccount } from './budget.ts'
import { chainOf } from './tree.ts'

/** A node below `parent`, without holder, handle and caveats. */
export function childOf(
  parent: Capability,
  capability: CapabilityId,
  since: Seq,
): Omit<Capability, 'holder' | 'handle' | 'caveats'> {
  const { id, root, depth, object, grantedBy } = parent
  return { ...fresh(capability, since), parent: id, root, depth: depth + 1, object, grantedBy }
}

/** The counters of a new node. */
export function fresh(
  id: CapabilityId,
  since: Seq,
): Omit<Capability, 'parent' | 'root' | 'depth' | 'holder' | 'handle' | 'object' | 'caveats' | 'grantedBy'> {
  const counters = { children: 0, spent: 0, reserved: 0, windowStart: 0, windowCount: 0 } as const
  return { id, since, held: true, revoked: false, ...counters }
}

/** Adds a node to the tree and, unless it is an approval, to its holder's table. */
export function plant(state: State, capability: Capability): void {
  state.capabilities.add(capability)
  state.nextCapability = capability.id + 1
  const { budget } = capability.caveats
  if (budget !== undefined)
    openAccount(
      state,
      capability.id,
      budget.amount,
      capability.parent === 0 ? [] : chainOf(state, capability.parent),
    )
  if (capability.handle === 0) return
  const holder = holderOf(state, capability.holder)
  if (holder.handles.size >= limits.deadHandlesKept) forgetDeadHandles(state, holder)
  holder.handles.set(capability.handle, capability.id)
  holder.nextHandle = capability.handle + 1
}

/** Marks a node dead. Its holder's handle goes too when the holder dropped it or is itself dead. */
export function bury(state: State, capability: CapabilityId, dropped: boolean): void {
  const { capabilities } = state
  capabilities.revoke(capability)
  // An approval stays until its call ends, which the same decision sees to: the call still names it.
  if (capabilities.handleOf(capability) === 0) return
  sweepFrom(state, capability)
  if (dropped) dropHandle(state, capability)
  reclaim(state, capability)
}

/** What is derived from it is dead now: the next passes of the sweep take it out. */
function sweepFrom(state: State, capability: CapabilityId): void {
  const { sweep } = state
  if (state.rules === undefined || !state.capabilities.isNeeded(capability)) return
  if (sweep === undefined) state.sweep = { at: capability, again: 0 }
  else if (capability < sweep.at) sweep.again = Math.min(sweep.again || capability, capability)
}

/** Takes a capability out of its holder's table. */
export function dropHandle(state: State, capability: CapabilityId): void {
  const handle = state.capabilities.handleOf(capability)
  if (handle === 0 || !state.capabilities.isHeld(capability)) return
  holderOf(state, state.capabilities.holderOf(capability)).handles.delete(handle)
  state.capabilities.drop(capability)
}

/** Takes a dead node out of the tree once nothing points at it any more. */
export function reclaim(state: State, capability: CapabilityId): void {
  const { capabilities } = state
  if (!capabilities.has(capability) || !capabilities.isRevoked(capability)) return
  if (capabilities.isNeeded(capability) || capabilities.isHeld(capability)) return
  const parent = capabilities.parentOf(capability)
  capabilities.remove(capability)
  if (parent !== 0) reclaim(state, parent)
}

/** Makes room in a table: handles of dead capabilities go. */
export function forgetDeadHandles(state: State, holder: Process): void {
  for (const capability of holder.handles.values()) {
    if (!state.capabilities.isRevoked(capability)) continue
    dropHandle(state, capability)
    reclaim(state, capability)
  }
}

function holderOf(state: State, process: ProcessId): Process {
  return found(state.processes.get(process), 'a holder exists')
}
