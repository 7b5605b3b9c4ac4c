/** What a budget is while it is in force. */
import type { CapabilityId } from '../../base/ids.ts'

/**
 * The budget of one capability. What it lends to budgets derived from it is out of its reach until they die,
 * so they can never sum above it; what they did not spend then comes back.
 */
export interface Account {
  /** The nearest capability above that has a budget, or 0: where this one's amount was taken from. */
  readonly above: CapabilityId | 0
  amount: number
  /** Spent and reserved by it and everything below it. */
  spent: number
  reserved: number
  /** Amounts of the open accounts right below it, and how much of them is spent or reserved. */
  lent: number
  lentUsed: number
  /** Its capability is dead; it stays until nothing is reserved on it. */
  closed: boolean
}
