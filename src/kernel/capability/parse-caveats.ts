/**
 * From untrusted JSON to caveats. Unknown members are refused rather than ignored: a misspelt constraint
 * that vanished silently would be a wider grant than was meant.
 */
import type { Json } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import type { Shape } from '../../base/shape.ts'
import {
  checked,
  distinct,
  fits,
  list,
  mapping,
  object,
  oneOf,
  optional,
  parse,
  single,
  text,
  whole,
} from '../../base/shape.ts'
import { limits } from '../limits.ts'
import { isCanonicalPath } from './path.ts'
import type { ArgumentTerm, ArgumentTerms, Caveats, Constraint } from './terms.ts'

const anything: Shape<Json> = fits('must be there', () => true)
const yes = oneOf([true])
const aNumber: Shape<number> = fits('must be a number', (value) => typeof value === 'number')
const aPattern = short(limits.patternLength)

/** A constraint in which `every` is nested fewer than so many times. */
function constraint(depth: number): Shape<Constraint> {
  if (depth === 0) return fits('nests constraints too deeply', () => false)
  return single<Constraint>({
    any: yes,
    eq: anything,
    in: list(anything, limits.constraintValues),
    range: checked(
      object<{ readonly min?: number; readonly max?: number }>({
        min: optional(aNumber),
        max: optional(aNumber),
      }),
      (range) => (Object.keys(range).length > 0 ? null : 'must have `min` or `max`'),
    ),
    prefix: aPattern,
    glob: aPattern,
    within: text('must be an absolute path in its canonical spelling', isCanonicalPath),
    every: constraint(depth - 1),
  })
}

const term: Shape<ArgumentTerm> = object({
  constraint: constraint(limits.constraintDepth),
  optional: optional(yes),
})

const terms: Shape<ArgumentTerms> = object({
  arguments: mapping(term, limits.argumentTermsPerSelector),
  open: optional(yes),
})

const aSelector = text(
  'must be the name of a selector',
  (value) => value !== '' && value !== '*' && value.length <= limits.textLength,
)

/** How many people or capabilities a use may be made to need. */
const aQuorum = whole<number>(1, limits.quorum)

/** How caveats look. `argumentsCommitment` and `also` are not accepted: only approvals and narrowings set them. */
export const someCaveats: Shape<Caveats> = object<Omit<Caveats, 'argumentsCommitment' | 'also'>>({
  selectors: optional(distinct(list(aSelector, limits.selectorsPerCapability, 1), (selector) => selector)),
  where: optional(mapping(terms, limits.selectorsPerCapability)),
  expiresAt: optional(whole(1)),
  uses: optional(whole(1)),
  rate: optional(object({ count: whole(1), perMs: whole(1) })),
  budget: optional(object({ amount: whole(1) })),
  quorum: optional(aQuorum),
  approvals: optional(aQuorum),
  ask: optional(yes),
  fourEyes: optional(yes),
  derivable: optional(oneOf([false])),
  badge: optional(short(limits.nameLength)),
})

/** Caveats, or a sentence saying what is wrong. */
export function parseCaveats(value: Json): Result<Caveats, string> {
  return parse(someCaveats, value, 'The value of `caveats`')
}

function short(most: number): Shape<string> {
  return text(`must be a text of 1 to ${most} characters`, (value) => value !== '' && value.length <= most)
}
