/**
 * How a capability changes in place, as `evolve` applies it: it moves to another holder, or its terms become
 * narrower. The node, its descendants and what was counted on it stay.
 */
import { invariant } from '../../base/fault.ts'
import type { CapabilityId } from '../../base/ids.ts'
import type { EventOf } from '../event.ts'
import { limits } from '../limits.ts'
import type { State } from '../state.ts'
import { closeDeadAccounts, openAccount, shrinkAccount, whatIsCommitted } from './budget.ts'
import { forgetDeadHandles } from './plant.ts'
import type { Caveats } from './terms.ts'
import { chainOf } from './tree.ts'

/** Applies `capability.moved`. */
export function applyMoved(state: State, { body }: EventOf<'capability.moved'>): void {
  const { capability, from, holder: holderId, handle } = body
  const before = state.capabilities.handleOf(capability)
  const giver = state.processes.get(from)
  const holder = state.processes.get(holderId)
  invariant(
    before !== 0 && giver !== undefined && holder !== undefined,
    'a capability moves between processes',
  )
  giver.handles.delete(before)
  if (holder.handles.size >= limits.deadHandlesKept) forgetDeadHandles(state, holder)
  state.capabilities.move(capability, holderId, handle)
  holder.handles.set(handle, capability)
  holder.nextHandle = handle + 1
}

/** Applies `capability.narrowed`. Uses and a budget count from here on, beside what is spent or lent already. */
export function applyNarrowed(state: State, { body }: EventOf<'capability.narrowed'>): void {
  const { capability, caveats } = body
  const own = state.capabilities.caveatsOf(capability)
  const taken = state.capabilities.takenOf(capability)
  const amount = caveats.budget === undefined ? 0 : applyBudget(state, capability, caveats.budget.amount)
  state.capabilities.narrow(capability, {
    ...narrowed(own, caveats),
    ...(caveats.uses === undefined ? {} : { uses: taken + caveats.uses }),
    ...(amount === 0 ? {} : { budget: { amount } }),
  })
}

/** Closes the budgets of capabilities that have just died. */
export function closeAccounts(state: State): void {
  if (state.accounts !== undefined) closeDeadAccounts(state, (capability) => isDead(state, capability))
}

/** The terms of one level with others added, except for what is counted. */
function narrowed(own: Caveats, added: Caveats): Caveats {
  const { where, ...rest } = added
  const isFirst = own.where === undefined
  const quorum = Math.max(own.quorum ?? 1, added.quorum ?? 1)
  const approvals = Math.max(own.approvals ?? 1, added.approvals ?? 1)
  return {
    ...own,
    ...rest,
    ...(quorum > 1 ? { quorum } : {}),
    ...(approvals > 1 ? { approvals } : {}),
    ...(where === undefined ? {} : isFirst ? { where } : { also: [...(own.also ?? []), where] }),
  }
}

function applyBudget(state: State, capability: CapabilityId, more: number): number {
  const chain = chainOf(state, capability)
  const account = state.accounts?.get(capability)
  if (account === undefined) openAccount(state, capability, more, chain.slice(1))
  const amount = more + (account === undefined ? 0 : whatIsCommitted(account))
  if (account !== undefined) shrinkAccount(state, capability, amount)
  return amount
}

/** Dead for good: it, or something above it, was revoked or left the tree, or a holder was killed. */
function isDead(state: State, capability: CapabilityId): boolean {
  for (let at: CapabilityId | 0 = capability; at !== 0; at = state.capabilities.parentOf(at)) {
    if (!state.capabilities.has(at) || state.capabilities.isRevoked(at)) return true
    if (state.processes.get(state.capabilities.holderOf(at))?.killed !== false) return true
  }
  return false
}
