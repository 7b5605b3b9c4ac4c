/**
 * What of one capability's terms was never used: selectors that nobody asked for, arguments that were never
 * given, values and ranges that never occurred. And the terms that would be left: whatever was used stays allowed,
 * and nothing is allowed that was not before.
 */
import { implies } from '../../kernel/capability/constraint.ts'
import { termsFor, wheresOf } from '../../kernel/capability/arguments.ts'
import type {
  ArgumentTerm,
  ArgumentTerms,
  Caveats,
  Constraint,
  Where,
} from '../../kernel/capability/terms.ts'
import { generalise } from '../suggestion/generalise.ts'
import type { SelectorEvidence } from '../suggestion/selector-evidence.ts'

/** A right that was never used. */
export type UnusedRight =
  | { readonly what: 'selector'; readonly selector: string }
  /** An argument that may be given and never was. */
  | { readonly what: 'argument'; readonly selector: string; readonly argument: string }
  /** It may be anything that `granted` allows, and was only ever what `used` allows. */
  | {
      readonly what: 'range'
      readonly selector: string
      readonly argument: string
      readonly granted: Constraint
      readonly used: Constraint
    }
  /** Any argument may be given, and only the ones that `used` names ever were. */
  | { readonly what: 'open'; readonly selector: string; readonly used: readonly string[] }

/** What was never used, and the caveats that leave only what was; null when nothing can be taken away. */
export interface UnusedTerms {
  readonly rights: readonly UnusedRight[]
  readonly narrowed: Caveats | null
  /** Selectors whose arguments were not looked at, with the reason. */
  readonly unknown: readonly { readonly selector: string; readonly why: string }[]
}

/** How cautious the narrowing is. */
export interface NarrowingManner {
  /** Fewer uses than this say nothing about the arguments that will be needed. */
  readonly leastCalls: number
  /** Folders that are never given whole. */
  readonly tooWide: readonly string[]
  /** Whether arguments are narrowed at all. */
  readonly arguments: boolean
}

/** Holds the evidence against the terms of one level. `selectors` are those that the level allows. */
export function unusedTerms(
  caveats: Caveats,
  selectors: readonly string[],
  evidence: ReadonlyMap<string, SelectorEvidence>,
  manner: NarrowingManner,
): UnusedTerms {
  const used = selectors.filter((selector) => evidence.has(selector))
  const rights: UnusedRight[] = selectors
    .filter((selector) => !evidence.has(selector))
    .map((selector) => ({ what: 'selector', selector }))
  const unknown: { selector: string; why: string }[] = []
  const where: { [selector: string]: ArgumentTerms } = {}
  const wheres = wheresOf(caveats)
  for (const selector of wheres.length === 0 ? [] : used) {
    const terms = termsAmong(wheres, selector)
    const seen = evidence.get(selector)
    if (seen === undefined) continue
    const why = whyNotLookedAt(seen, manner)
    if (why !== null) unknown.push({ selector, why })
    where[selector] = why === null ? narrowTerms(selector, terms, seen, manner, rights) : terms
  }
  const isLess = rights.length > 0 && used.length > 0
  return {
    rights,
    narrowed: isLess ? { selectors: used, ...(wheres.length === 0 ? {} : { where }) } : null,
    unknown,
  }
}

/** What all of a level's terms allow together; of two constraints the one that is certainly narrower, else the later. */
function termsAmong(wheres: readonly Where[], selector: string): ArgumentTerms {
  const [first, ...rest] = wheres.map((where) => termsFor(where, selector) ?? { arguments: {} })
  return rest.reduce<ArgumentTerms>(narrower, first ?? { arguments: {} })
}

function narrower(above: ArgumentTerms, below: ArgumentTerms): ArgumentTerms {
  const named: { [name: string]: ArgumentTerm } = {}
  for (const [name, term] of Object.entries({ ...above.arguments, ...below.arguments })) {
    const upper = Object.hasOwn(above.arguments, name) ? above.arguments[name] : undefined
    const lower = Object.hasOwn(below.arguments, name) ? below.arguments[name] : undefined
    const isAllowed = (upper ?? above.open) !== undefined && (lower ?? below.open) !== undefined
    if (!isAllowed) continue
    const isOptional = upper?.optional !== undefined && lower?.optional !== undefined
    const isUpper = upper !== undefined && lower !== undefined && implies(upper.constraint, lower.constraint)
    const constraint = isUpper ? upper.constraint : term.constraint
    named[name] = {
      constraint,
      ...(isOptional || (term.optional && (!upper || !lower)) ? { optional: true } : {}),
    }
  }
  return { arguments: named, ...(above.open && below.open ? { open: true } : {}) }
}

function whyNotLookedAt(seen: SelectorEvidence, manner: NarrowingManner): string | null {
  if (!manner.arguments) return 'arguments were not asked about'
  if (seen.opened < seen.calls)
    return `the arguments of ${seen.calls - seen.opened} calls cannot be opened here`
  if (seen.tooManyNames) return 'it was called with more different arguments than a grant can name'
  if (seen.calls < manner.leastCalls) return `${seen.calls} calls are too few to judge arguments by`
  return null
}

function narrowTerms(
  selector: string,
  terms: ArgumentTerms,
  seen: SelectorEvidence,
  manner: NarrowingManner,
  rights: UnusedRight[],
): ArgumentTerms {
  const kept: { [name: string]: ArgumentTerm } = {}
  for (const [argument, term] of Object.entries(terms.arguments)) {
    const values = seen.arguments.get(argument)
    if (values === undefined) {
      if (term.optional === true) rights.push({ what: 'argument', selector, argument })
      else kept[argument] = term
      continue
    }
    const { constraint: used, undecided } = generalise(values, manner.tooWide)
    const granted = term.constraint
    const isNarrower = undecided === '' && implies(used, granted) && !implies(granted, used)
    if (isNarrower) rights.push({ what: 'range', selector, argument, granted, used })
    kept[argument] = isNarrower ? { ...term, constraint: used } : term
  }
  if (terms.open !== true) return { arguments: kept }
  const extra = [...seen.arguments.keys()].filter((name) => !Object.hasOwn(terms.arguments, name)).toSorted()
  rights.push({ what: 'open', selector, used: extra })
  for (const argument of extra)
    kept[argument] = { constraint: usedOf(argument, seen, manner), optional: true }
  return { arguments: kept }
}

function usedOf(argument: string, seen: SelectorEvidence, { tooWide }: NarrowingManner): Constraint {
  const values = seen.arguments.get(argument)
  const found = values === undefined ? null : generalise(values, tooWide)
  return found === null || found.undecided !== '' ? { any: true } : found.constraint
}
