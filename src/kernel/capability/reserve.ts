/**
 * Uses and rates. A request reserves one use on every level of its chain, so descendants' uses count against
 * their ancestors and can never sum above them. A reservation is consumed when the call settles, or given
 * back when nothing was dispatched.
 */
import type { CapabilityId, Instant } from '../../base/ids.ts'
import type { Refusal } from '../refusal.ts'
import { refusal } from '../refusal.ts'
import type { Capability, State } from '../state.ts'

const exhausted = refusal('exhausted', 'This capability has no uses left.', 'A new grant by an operator.')

/** Why nothing can be done under the chain any more on account of its uses, or null. */
export function whyExhausted(chain: readonly Capability[]): Refusal | null {
  return chain.some((capability) => usesLeft(capability) <= 0) ? exhausted : null
}

/** Why one more use cannot be reserved on the chain, or null when it can. */
export function whyUnreservable(chain: readonly Capability[], at: Instant): Refusal | null {
  for (const capability of chain) {
    if (usesLeft(capability) <= 0) return exhausted
    const { rate } = capability.caveats
    if (rate !== undefined && windowIsOpen(capability, at) && capability.windowCount >= rate.count) {
      const waitMs = capability.windowStart + rate.perMs - at
      return refusal(
        'rate-limited',
        `This capability allows ${rate.count} uses per ${rate.perMs} ms.`,
        `Wait ${waitMs} ms and try again.`,
      )
    }
  }
  return null
}

/** Uses neither spent nor reserved at this level; infinite when the level does not count them. */
export function usesLeft(capability: Capability): number {
  const { uses } = capability.caveats
  return uses === undefined ? Infinity : uses - capability.spent - capability.reserved
}

/** Reserves one use on every level. Called by `evolve` only. */
export function reserve({ capabilities }: State, levels: readonly CapabilityId[], at: Instant): void {
  for (const level of levels) {
    capabilities.count(level, 1, 0)
    const { rate } = capabilities.caveatsOf(level)
    if (rate === undefined) continue
    const { start, count } = capabilities.windowOf(level) ?? unopened
    const isOpen = count > 0 && at - start < rate.perMs
    capabilities.setWindow(level, isOpen ? { start, count: count + 1 } : { start: at, count: 1 })
  }
}

/** Turns reservations into spent uses. Called by `evolve` only. */
export function consume({ capabilities }: State, levels: readonly CapabilityId[]): void {
  for (const level of levels) capabilities.count(level, -1, 1)
}

/** Gives reservations made at `reservedAt` back. Called by `evolve` only. */
export function release({ capabilities }: State, levels: readonly CapabilityId[], reservedAt: Instant): void {
  for (const level of levels) {
    capabilities.count(level, -1, 0)
    const { start, count } = capabilities.windowOf(level) ?? unopened
    if (count > 0 && start <= reservedAt) capabilities.setWindow(level, { start, count: count - 1 })
  }
}

const unopened = { start: 0, count: 0 } as const

function windowIsOpen(capability: Capability, at: Instant): boolean {
  const { rate } = capability.caveats
  return rate !== undefined && capability.windowCount > 0 && at - capability.windowStart < rate.perMs
}
