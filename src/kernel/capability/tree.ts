/**
 * The derivation tree. A capability is live only if every node up to its root is: nothing is cascaded, so a
 * revocation takes effect on everything below it at once, however much that is, and whoever is offline.
 */
import { invariant } from '../../base/fault.ts'
import type { CapabilityId, Instant, ProcessId } from '../../base/ids.ts'
import type { Authority } from '../event.ts'
import type { Refusal } from '../refusal.ts'
import { refusal } from '../refusal.ts'
import type { Capability, State } from '../state.ts'

/** The capability and all its ancestors, itself first. */
export function chainOf(state: State, leaf: CapabilityId): readonly Capability[] {
  const chain: Capability[] = []
  for (let next: CapabilityId | 0 = leaf; next !== 0;) {
    const capability: Capability | undefined = state.capabilities.get(next)
    invariant(capability !== undefined, `capability c${next} is in the tree`)
    chain.push(capability)
    next = capability.parent
  }
  return chain
}

/** Why the chain is dead at `at`, or null while every node of it lives. Uses and rates are not judged here. */
export function whyDead(state: State, chain: readonly Capability[], at: Instant): Refusal | null {
  for (const capability of chain) {
    if (capability.revoked)
      return refusal('revoked', 'This capability was revoked.', 'A new grant by an operator.')
    if (state.processes.get(capability.holder)?.killed !== false) {
      return refusal(
        'revoked',
        'A holder this capability came through was killed.',
        'A new grant by an operator.',
      )
    }
    if (capability.caveats.expiresAt !== undefined && capability.caveats.expiresAt <= at) {
      return refusal('expired', 'This capability has expired.', 'A new grant by an operator.')
    }
  }
  return null
}

/** True when `ancestor` is on the way from `leaf` to its root; a capability is its own ancestor. */
export function descendsFrom(state: State, leaf: CapabilityId, ancestor: CapabilityId): boolean {
  return chainOf(state, leaf).some((capability) => capability.id === ancestor)
}

/** True when some node of the chain is held by `holder`. */
export function passesThrough(state: State, leaf: CapabilityId, holder: ProcessId): boolean {
  return chainOf(state, leaf).some((capability) => capability.holder === holder)
}

/** The capability an event was done under, with its root. */
export function authorityOf(capability: Capability): Authority {
  return { capability: capability.id, root: capability.root }
}
