/**
 * Why nothing new happens in a domain: it is halted, its sovereign froze it, or its sovereign has not been heard
 * for longer than its last statement holds. One question, so that every path asks the same.
 */
import type { Refusal } from '../refusal.ts'
import { refusal } from '../refusal.ts'
import type { State } from '../state.ts'

/** Why nothing new may happen here at `at`, or null. */
export function whyStill(state: State, at: number): Refusal | null {
  if (state.halted !== null)
    return refusal('halted', 'Everything is halted.', 'A sovereign operator’s signed resume.')
  return whyNotStanding(state, at)
}

/** The same but for a halt, which other orders end. */
export function whyNotStanding({ domain, standing }: State, at: number): Refusal | null {
  if (domain?.role !== 'member') return null
  if (standing === undefined || standing.validUntil <= at)
    return refusal(
      'not-entitled',
      'The sovereign’s statement has expired.',
      'A new statement by the sovereign.',
    )
  return standing.status === 'active'
    ? null
    : refusal('halted', 'This domain is frozen.', 'A sovereign operator’s order to unfreeze it.')
}
