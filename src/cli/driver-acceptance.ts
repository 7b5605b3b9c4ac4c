/**
 * Which pins an operator's acceptance makes of what was accepted before and what a driver offers now. A selector
 * that claims less than it was accepted with keeps its effect; one that is missing keeps its pin, so that it
 * comes back only as what it was.
 */
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import type { PinnedSelector } from '../kernel/manifest.ts'
import { selectorName } from './constraint-syntax.ts'
import { moreSevere, parseEffect } from './driver-effects.ts'
import { pricesOf } from './driver-prices.ts'

/** What of the differences is accepted. */
export interface Choices {
  /** Only these selectors are taken over; empty means all. */
  readonly only: readonly string[]
  /** These are dropped from the manifest. */
  readonly remove: readonly string[]
  /** `TOOL=CLASS` words: exactly this effect, never below what the driver claims. */
  readonly effects: readonly string[]
}

/** The pins to sign, by selector; or what is wrong with the choices. */
export function acceptedPins(
  pinned: readonly PinnedSelector[],
  offered: readonly PinnedSelector[],
  { only, remove, effects }: Choices,
): Result<readonly PinnedSelector[], string> {
  const pins = new Map(pinned.map((pin) => [pin.selector, pin]))
  const claims = new Map(offered.map((pin) => [pin.selector, pin]))
  const wanted = new Set(only.map(selectorName))
  const dropped = new Set(remove.map(selectorName))
  const unknown = [...wanted].find((selector) => !claims.has(selector))
  if (unknown !== undefined) return err(`it does not offer ${unknown} now`)
  const unpinned = [...dropped].find((selector) => !pins.has(selector))
  if (unpinned !== undefined) return err(`${unpinned} was never accepted, so it cannot be removed`)
  for (const claim of offered) {
    if (wanted.size > 0 && !wanted.has(claim.selector)) continue
    const old = pins.get(claim.selector)
    const effect = old === undefined ? claim.effect : moreSevere(old.effect, claim.effect)
    const decided = old === undefined ? {} : pricesOf(old)
    if (old?.digest !== claim.digest) pins.set(claim.selector, { ...claim, effect, ...decided })
  }
  for (const selector of dropped) pins.delete(selector)
  for (const word of effects) {
    const wrong = setEffect(pins, claims, word)
    if (wrong !== null) return err(wrong)
  }
  return ok([...pins.values()].sort((a, b) => (a.selector < b.selector ? -1 : 1)))
}

function setEffect(
  pins: Map<string, PinnedSelector>,
  claims: ReadonlyMap<string, PinnedSelector>,
  word: string,
): string | null {
  const parsed = parseEffect(word)
  if (!parsed.ok) return parsed.error
  const { selector, effect } = parsed.value
  const pin = pins.get(selector)
  if (pin === undefined) return `${selector} is not among what would be accepted`
  const floor = claims.get(selector)?.effect ?? pin.effect
  if (moreSevere(effect, floor) !== effect) {
    return `${selector} declares itself ${floor}; it cannot be lowered to ${effect}`
  }
  pins.set(selector, { ...pin, effect })
  return null
}
