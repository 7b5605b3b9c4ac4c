/**
 * Growing and pruning the derivation tree. Only `evolve` calls these. A dead node stays while something still
 * points at it: a handle of its holder (so that the holder hears "revoked"), a child, or a reservation.
 */
import { invariant } from '../../base/fault.ts'
import type { CapabilityId, Seq } from '../../base/ids.ts'
import { limits } from '../limits.ts'
import type { Capability, Process, State } from '../state.ts'

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
): Pick<
  Capability,
  'id' | 'since' | 'revoked' | 'children' | 'spent' | 'reserved' | 'windowStart' | 'windowCount'
> {
  return { id, since, revoked: false, children: 0, spent: 0, reserved: 0, windowStart: 0, windowCount: 0 }
}

/** Adds a node to the tree and, unless it is an approval, to its holder's table. */
export function plant(state: State, capability: Capability): void {
  state.capabilities.set(capability.id, capability)
  state.nextCapability = capability.id + 1
  if (capability.parent !== 0) {
    const parent = state.capabilities.get(capability.parent)
    invariant(parent !== undefined, 'a parent is in the tree')
    parent.children += 1
  }
  if (capability.handle === 0) return
  const holder = holderOf(state, capability)
  if (holder.handles.size >= limits.deadHandlesKept) forgetDeadHandles(state, holder)
  holder.handles.set(capability.handle, capability.id)
  holder.nextHandle = capability.handle + 1
}

/** Marks a node dead. Its holder's handle goes too when the holder dropped it or is itself dead. */
export function bury(state: State, capability: Capability, dropped: boolean): void {
  capability.revoked = true
  // An approval stays until its call ends, which the same decision sees to: the call still names it.
  if (capability.handle === 0) return
  if (dropped) holderOf(state, capability).handles.delete(capability.handle)
  reclaim(state, capability)
}

/** Takes a dead node out of the tree once nothing points at it any more. */
export function reclaim(state: State, capability: Capability): void {
  if (!capability.revoked || capability.children > 0 || capability.reserved > 0) return
  if (!state.capabilities.has(capability.id)) return
  if (capability.handle !== 0 && holderOf(state, capability).handles.has(capability.handle)) return
  state.capabilities.delete(capability.id)
  if (capability.parent === 0) return
  const parent = state.capabilities.get(capability.parent)
  invariant(parent !== undefined, 'a parent outlives its children')
  parent.children -= 1
  reclaim(state, parent)
}

function forgetDeadHandles(state: State, holder: Process): void {
  for (const [handle, id] of holder.handles) {
    const capability = state.capabilities.get(id)
    invariant(capability !== undefined, 'a handle designates a node of the tree')
    if (!capability.revoked) continue
    holder.handles.delete(handle)
    reclaim(state, capability)
  }
}

function holderOf(state: State, capability: Capability): Process {
  const holder = state.processes.get(capability.holder)
  invariant(holder !== undefined, 'a holder exists')
  return holder
}
