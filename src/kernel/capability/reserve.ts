/**
 * Uses and rates. A request reserves one use on every level of its chain, so descendants' uses count against
 * their ancestors and can never sum above them. A reservation is consumed when the call settles, or given
 * back when nothing was dispatched.
 */
import type { CapabilityId, Instant } from '../../base/ids.ts'
import type { Refusal } from '../refusal.ts'
import { refusal } from '../refusal.ts'
import type { Capability, State } from '../state.ts'
import type { Rate } from './terms.ts'

const exhausted = refusal('exhausted', 'This capability has no uses left.', 'A new grant by an operator.')

/** Why nothing can be done under the chain any more on account of its uses, or null. */
export function whyExhausted(chain: readonly Capability[]): Refusal | null {
  return chain.some((capability) => usesLeft(capability) <= 0) ? exhausted : null
}

/** Why one more use cannot be reserved on the chain, or null when it can. */
export function whyUnreservable(
  { capabilities }: State,
  chain: readonly Pick<Capability, 'id' | 'caveats'>[],
  at: Instant,
): Refusal | null {
  for (const { id, caveats } of chain) {
    const { uses, rate } = caveats
    if (uses !== undefined && uses <= capabilities.takenOf(id)) return exhausted
    if (rate === undefined) continue
    const { start, count } = capabilities.windowOf(id) ?? unopened
    if (isOpen(start, count, rate, at) && count >= rate.count) {
      const waitMs = start + rate.perMs - at
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

/** Reserves one use on a capability and on every level above it. Called by `evolve` only. */
export function reserve(state: State, leaf: CapabilityId, at: Instant): void {
  const { capabilities } = state
  for (let level: CapabilityId | 0 = leaf; level !== 0; level = capabilities.parentOf(level)) {
    reserveLevel(state, level, at)
  }
}

/** The same on one level alone. */
export function reserveLevel({ capabilities }: State, level: CapabilityId, at: Instant): void {
  capabilities.count(level, 1, 0)
  const { rate } = capabilities.caveatsOf(level)
  if (rate === undefined) return
  const { start, count } = capabilities.windowOf(level) ?? unopened
  const next = isOpen(start, count, rate, at) ? { start, count: count + 1 } : { start: at, count: 1 }
  capabilities.setWindow(level, next)
}

/** Turns the reservations of a use into spent uses. Called by `evolve` only. */
export function consume({ capabilities }: State, leaf: CapabilityId): void {
  for (let level: CapabilityId | 0 = leaf; level !== 0; level = capabilities.parentOf(level)) {
    capabilities.count(level, -1, 1)
  }
}

/** Gives the reservations of a use back, made at `reservedAt`. Called by `evolve` only. */
export function release({ capabilities }: State, leaf: CapabilityId | 0, reservedAt: Instant): void {
  for (let level = leaf; level !== 0; level = capabilities.parentOf(level)) {
    capabilities.count(level, -1, 0)
    const window = capabilities.windowOf(level)
    if (window === undefined || window.count === 0 || window.start > reservedAt) continue
    capabilities.setWindow(level, { start: window.start, count: window.count - 1 })
  }
}

const unopened = { start: 0, count: 0 } as const

function isOpen(start: number, count: number, rate: Rate, at: Instant): boolean {
  return count > 0 && at - start < rate.perMs
}
