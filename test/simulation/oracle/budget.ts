/**
 * Budgets, reckoned anew from the tree: what an account has committed is what it was charged itself and, for
 * each account right below it, its whole amount while that lives and what it used once it is dead.
 */
import type { Model, ModelCall, Node } from './model.ts'
import { death, lineage } from './model.ts'
import { demand } from './violation.ts'

/** The nearest level that has a budget, or null. */
export function payerOf(node: Node | null): Node | null {
  return node === null ? null : (lineage(node).find(({ amount }) => amount !== null) ?? null)
}

/** What the account that pays for the node has left; infinite without one. */
export function budgetLeft(model: Model, node: Node | null): number {
  const payer = payerOf(node)
  return payer === null ? Infinity : (payer.amount ?? 0) - committed(model, payer)
}

/** Takes what a call costs; stops when it is not there. */
export function charge(model: Model, { id, payer, cost }: ModelCall): void {
  if (payer === null) return
  payer.charged += cost
  demandCovered(model, payer, `k${id}`)
}

/** Gives back what a call was charged. */
export function refund({ payer, cost }: ModelCall): void {
  if (payer !== null) payer.charged -= cost
}

/** Stops when an account has committed more than it has. */
export function demandCovered(model: Model, account: Node, why: string): void {
  const spent = committed(model, account)
  demand(
    spent <= (account.amount ?? Infinity),
    'I2 attenuation',
    `c${account.id} has a budget of ${account.amount} and ${spent} of it gone with ${why}`,
  )
}

/** What of an account's amount is gone: charged, lent, or used by what is dead. */
export function committed(model: Model, account: Node): number {
  let sum = account.charged
  for (const below of accountsBelow(model, account))
    sum += isGone(model, below) ? usedBy(model, below) : (below.amount ?? 0)
  return sum
}

function usedBy(model: Model, account: Node): number {
  return accountsBelow(model, account).reduce((sum, below) => sum + usedBy(model, below), account.charged)
}

function accountsBelow(model: Model, account: Node): readonly Node[] {
  return [...model.nodes.values()].filter(({ lender }) => lender === account)
}

/** Dead for good: what has only expired keeps its budget until somebody revokes it. */
function isGone(model: Model, node: Node): boolean {
  const cause = death(model, node, 0)
  return cause === 'revoked' || cause === 'killed'
}
