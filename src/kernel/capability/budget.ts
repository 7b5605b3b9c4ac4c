/**
 * Budgets. An amount is set aside from the nearest budget above when a capability with one is derived, so
 * siblings can never have more together than there was; what a dead one did not spend goes back at once. A use
 * is paid from the nearest budget of its chain: reserved when it is let through or held, spent when it settles.
 */
import { found } from '../../base/fault.ts'
import type { CapabilityId } from '../../base/ids.ts'
import { limits } from '../limits.ts'
import type { Refusal } from '../refusal.ts'
import { refusal } from '../refusal.ts'
import type { Account, Call, Capability, State } from '../state.ts'
import type { Caveats } from './terms.ts'

/** The capability whose budget pays for uses of the chain, or 0 when no level has one. */
export function payerOf(state: State, chain: readonly Pick<Capability, 'id'>[]): CapabilityId | 0 {
  return chain.find((level) => state.accounts?.has(level.id) === true)?.id ?? 0
}

/** What of the budget that pays for the chain is neither used, reserved nor lent; infinite without one. */
export function budgetLeft(state: State, chain: readonly Pick<Capability, 'id'>[]): number {
  const payer = payerOf(state, chain)
  return payer === 0 ? Infinity : availableOf(accountOf(state, payer))
}

/** What an account can still pay or lend. */
export function availableOf({ amount, spent, reserved, lent, lentUsed }: Account): number {
  return amount - (spent + reserved - lentUsed) - lent
}

/** What of an account's amount is used, reserved or lent. */
export function whatIsCommitted(account: Account): number {
  return account.amount - availableOf(account)
}

/** Why a use of the chain that costs this much cannot be paid, or null. */
export function whyUnaffordable(
  state: State,
  chain: readonly Pick<Capability, 'id'>[],
  cost: number,
): Refusal | null {
  if (cost === 0 || cost <= budgetLeft(state, chain)) return null
  const message = `The budget of this capability does not cover it: it costs ${cost}.`
  return refusal('exhausted', message, 'A grant with a larger budget.')
}

/** Why a capability with these caveats cannot have its budget set aside from its parents', or null. */
export function whyOverBudget(
  state: State,
  parents: readonly Capability[],
  { budget }: Caveats,
): Refusal | null {
  if (budget === undefined) return null
  if ((state.accounts?.size ?? 0) >= limits.accounts)
    return refusal('limit', 'There are too many budgets.', 'Revoke capabilities that are not needed.')
  if (budget.amount <= budgetLeft(state, parents)) return null
  const message = 'The derivation asks for more than its parent allows: its budget would exceed what is left.'
  return refusal('too-broad', message, 'A smaller budget.')
}

/** Sets `amount` aside for a capability, from the account that pays for its parents. Called by `evolve` only. */
export function openAccount(
  state: State,
  capability: CapabilityId,
  amount: number,
  parents: readonly Capability[],
): void {
  const above = payerOf(state, parents)
  state.accounts ??= new Map()
  state.accounts.set(capability, {
    above,
    amount,
    spent: 0,
    reserved: 0,
    lent: 0,
    lentUsed: 0,
    closed: false,
  })
  if (above !== 0) accountOf(state, above).lent += amount
}

/** Gives a part of an account's amount back to where it came from. Called by `evolve` only. */
export function shrinkAccount(state: State, capability: CapabilityId, amount: number): void {
  const account = accountOf(state, capability)
  if (account.above !== 0) accountOf(state, account.above).lent -= account.amount - amount
  account.amount = amount
}

/** Closes the accounts of capabilities that have died: what they did not use goes back. Called by `evolve` only. */
export function closeDeadAccounts(state: State, isDead: (capability: CapabilityId) => boolean): void {
  for (const [capability, account] of state.accounts ?? []) {
    if (account.closed || !isDead(capability)) continue
    account.closed = true
    if (account.above === 0) continue
    const above = accountOf(state, account.above)
    above.lent -= account.amount
    above.lentUsed -= account.spent + account.reserved
  }
  for (const [capability, account] of state.accounts ?? []) forgetIfOver(state, capability, account)
}

/** Reserves the cost of a call that begins. Called by `evolve` only. */
export function reserveCost(state: State, call: Pick<Call, 'cost' | 'payer'>): void {
  charge(state, call, (account, cost) => {
    account.reserved += cost
    return cost
  })
}

/** Turns the reservation of a call into spending. Called by `evolve` only. */
export function spendCost(state: State, call: Pick<Call, 'cost' | 'payer'>): void {
  charge(state, call, (account, cost) => {
    account.reserved -= cost
    account.spent += cost
    return 0
  })
}

/** Gives the reservation of a call back. Called by `evolve` only. */
export function releaseCost(state: State, call: Pick<Call, 'cost' | 'payer'>): void {
  charge(state, call, (account, cost) => {
    account.reserved -= cost
    return -cost
  })
}

/** Moves amounts on the account that pays and on all above it; `move` says how much more is used. */
function charge(
  state: State,
  { cost = 0, payer }: Pick<Call, 'cost' | 'payer'>,
  move: (account: Account, cost: number) => number,
): void {
  let below: Account | null = null
  for (let at: CapabilityId | 0 = payer ?? 0; at !== 0;) {
    const account: Account = accountOf(state, at)
    const used = move(account, cost)
    // An account that is closed borrows nothing any more: what it still uses is used by the one above.
    if (below?.closed === false) account.lentUsed += used
    forgetIfOver(state, at, account)
    below = account
    at = account.above
  }
}

function forgetIfOver(state: State, capability: CapabilityId, { closed, reserved }: Account): void {
  if (!closed || reserved > 0) return
  state.accounts?.delete(capability)
  if (state.accounts?.size === 0) delete state.accounts
}

function accountOf(state: State, capability: CapabilityId): Account {
  return found(state.accounts?.get(capability), `c${capability} has an account`)
}
