/**
 * Judging the arguments of a request against every level of its chain. What no level mentions is refused
 * unless that level is open: a driver that learns a new argument must not thereby widen a grant.
 */
import type { JsonObject } from '../../base/json.ts'
import type { Refusal } from '../refusal.ts'
import { refusal } from '../refusal.ts'
import type { Capability } from '../state.ts'
import { satisfies } from './constraint.ts'
import type { ArgumentTerm, ArgumentTerms, Caveats, Selector, Where } from './terms.ts'

/** The terms `where` sets for `selector`, or null when it allows that selector no arguments at all. */
export function termsFor(where: Where, selector: Selector): ArgumentTerms | null {
  if (Object.hasOwn(where, selector)) return where[selector] ?? null
  return Object.hasOwn(where, '*') ? (where['*'] ?? null) : null
}

/** Everything that one level asks of arguments: as it was made, and as it was narrowed since. */
export function wheresOf({ where, also }: Caveats): readonly Where[] {
  return where === undefined ? (also ?? []) : [where, ...(also ?? [])]
}

/** Why the arguments exceed the chain's terms, or null when every level allows them. */
export function whyRefused(
  chain: readonly Pick<Capability, 'caveats'>[],
  selector: Selector,
  values: JsonObject,
  commitment: string,
): Refusal | null {
  for (const { caveats } of chain) {
    if (caveats.argumentsCommitment !== undefined && caveats.argumentsCommitment !== commitment) {
      return refusal('argument-refused', 'These are not the arguments that were approved.', 'A new approval.')
    }
    const { where, also } = caveats
    const problem = where === undefined ? null : whyOutside(termsFor(where, selector) ?? noTerms, values)
    if (problem !== null) return problem
    for (const added of also ?? nothing) {
      const narrower = whyOutside(termsFor(added, selector) ?? noTerms, values)
      if (narrower !== null) return narrower
    }
  }
  return null
}

/** True when some argument is outside one set of terms. */
export function isBeyond(where: Where, selector: Selector, values: JsonObject): boolean {
  return whyOutside(termsFor(where, selector) ?? { arguments: {} }, values) !== null
}

const noTerms: ArgumentTerms = { arguments: {} }
const nothing: readonly Where[] = []

interface NamedTerm extends ArgumentTerm {
  readonly name: string
}

/** What is asked of arguments, as a list. Terms never change, and are asked again and again. */
const lists = new WeakMap<ArgumentTerms, readonly NamedTerm[]>()

function listOf(terms: ArgumentTerms): readonly NamedTerm[] {
  const known = lists.get(terms)
  if (known !== undefined) return known
  const list = Object.entries(terms.arguments).map(([name, term]) => ({ name, ...term }))
  lists.set(terms, list)
  return list
}

function whyOutside(terms: ArgumentTerms, values: JsonObject): Refusal | null {
  let given = 0
  for (const term of listOf(terms)) {
    const { name } = term
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (value === undefined) {
      if (term.optional === true) continue
      return refusal(
        'argument-refused',
        `The argument ${quote(name)} is missing.`,
        `${quote(name)} must be given.`,
      )
    }
    if (!satisfies(term.constraint, value)) {
      const allowed = JSON.stringify(term.constraint)
      return refusal(
        'argument-refused',
        `The argument ${quote(name)} is outside what was granted.`,
        `${quote(name)} must satisfy ${allowed}.`,
      )
    }
    given += 1
  }
  if (terms.open === true) return null
  const names = Object.keys(values)
  // As many as were judged: there is no other.
  if (names.length === given) return null
  const extra = names.find((name) => !Object.hasOwn(terms.arguments, name))
  if (extra === undefined) return null
  return refusal(
    'argument-refused',
    `The argument ${quote(extra)} was not granted.`,
    `A grant that mentions ${quote(extra)}.`,
  )
}

function quote(name: string): string {
  return JSON.stringify(name.length > 64 ? `${name.slice(0, 64)}…` : name)
}
