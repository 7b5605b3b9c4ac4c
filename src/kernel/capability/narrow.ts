/**
 * Deriving only narrows. The chain already guarantees that a child can never do what its parent cannot, but
 * a child that *claims* more is refused here, so that nobody mistakes a claim for authority.
 */
import type { Instant } from '../../base/ids.ts'
import type { Refusal } from '../refusal.ts'
import { refusal } from '../refusal.ts'
import type { Capability } from '../state.ts'
import { termsFor, wheresOf } from './arguments.ts'
import { implies } from './constraint.ts'
import { usesLeft } from './reserve.ts'
import type { ArgumentTerms, Caveats, Rate, Selector } from './terms.ts'

/** Why `caveats` would exceed the parent chain (parent first), or null when they only narrow it. */
export function whyTooBroad(chain: readonly Capability[], caveats: Caveats, at: Instant): Refusal | null {
  const why = whyLimitsTooBroad(chain, caveats, at)
  return why ?? whyArgumentsTooBroad(chain, caveats, caveats.selectors ?? [...selectorsOf(chain)])
}

/**
 * The same without what `where` allows: terms that are added to others, and not put below them, cannot exceed
 * them. They must still be about selectors that are offered.
 */
export function whyLimitsTooBroad(
  chain: readonly Capability[],
  caveats: Caveats,
  at: Instant,
): Refusal | null {
  const selectors = selectorsOf(chain)
  const extra = caveats.selectors?.find((selector) => !selectors.has(selector))
  if (extra !== undefined) return tooBroad(`selector ${extra} is not in the parent`)
  if (caveats.expiresAt !== undefined) {
    if (caveats.expiresAt <= at) return tooBroad('it would already be expired')
    const parentExpiry = Math.min(...chain.map((level) => level.caveats.expiresAt ?? Infinity))
    if (caveats.expiresAt > parentExpiry) return tooBroad('it would outlive its parent')
  }
  if (caveats.uses !== undefined && caveats.uses > Math.min(...chain.map(usesLeft))) {
    return tooBroad('it would have more uses than its parent has left')
  }
  for (const { caveats: above } of chain) {
    if (caveats.badge !== undefined && above.badge !== undefined && caveats.badge !== above.badge) {
      return tooBroad('a badge cannot be changed')
    }
    if (caveats.rate !== undefined && above.rate !== undefined && exceeds(caveats.rate, above.rate)) {
      return tooBroad('its rate would exceed its parent’s')
    }
  }
  const offered = caveats.selectors ?? [...selectors]
  const stray = Object.keys(caveats.where ?? {}).find((named) => named !== '*' && !offered.includes(named))
  return stray === undefined ? null : tooBroad(`it constrains ${stray}, which it does not offer`)
}

/**
 * The selectors a chain allows: those that every level allows which names any. A level may name more than the
 * ones above, when one of those was narrowed since.
 */
export function selectorsOf(chain: readonly Capability[]): ReadonlySet<Selector> {
  let allowed: readonly Selector[] | null = null
  for (const { caveats } of chain) {
    const { selectors } = caveats
    if (selectors === undefined) continue
    allowed = allowed === null ? selectors : allowed.filter((selector) => selectors.includes(selector))
  }
  return new Set(allowed)
}

/** The same for one selector. */
export function allowsSelector(chain: readonly Pick<Capability, 'caveats'>[], selector: Selector): boolean {
  let isNamed = false
  for (const { caveats } of chain) {
    if (caveats.selectors === undefined) continue
    if (!caveats.selectors.includes(selector)) return false
    isNamed = true
  }
  return isNamed
}

function whyArgumentsTooBroad(
  chain: readonly Capability[],
  caveats: Caveats,
  selectors: readonly Selector[],
): Refusal | null {
  const { where } = caveats
  if (where === undefined) return null
  for (const selector of selectors) {
    const child = termsFor(where, selector)
    if (child === null) continue
    for (const above of chain.flatMap((level) => wheresOf(level.caveats))) {
      const parent = termsFor(above, selector) ?? { arguments: {} }
      const problem = whyTermsTooBroad(selector, child, parent)
      if (problem !== null) return problem
    }
  }
  return null
}

function whyTermsTooBroad(selector: Selector, child: ArgumentTerms, parent: ArgumentTerms): Refusal | null {
  if (child.open === true && parent.open !== true)
    return tooBroad(`${selector} would be open, its parent is not`)
  for (const [name, term] of Object.entries(child.arguments)) {
    const above = Object.hasOwn(parent.arguments, name) ? parent.arguments[name] : undefined
    if (above === undefined) {
      if (parent.open === true) continue
      return tooBroad(`${selector} does not allow the argument ${JSON.stringify(name)}`)
    }
    if (term.optional === true && above.optional !== true) {
      return tooBroad(`${selector} requires the argument ${JSON.stringify(name)}`)
    }
    if (!implies(term.constraint, above.constraint)) {
      return tooBroad(`${selector} allows ${JSON.stringify(name)} only ${JSON.stringify(above.constraint)}`)
    }
  }
  return null
}

function exceeds(child: Rate, parent: Rate): boolean {
  return child.count > parent.count || child.count * parent.perMs > parent.count * child.perMs
}

function tooBroad(what: string): Refusal {
  return refusal(
    'too-broad',
    `The derivation asks for more than its parent allows: ${what}.`,
    'Narrower terms.',
  )
}
