/**
 * From the values that an argument had to the constraint that is proposed for it: the narrowest form that
 * covers them all and that a person would expect to hold tomorrow. Every choice says why. What cannot be
 * described narrowly is allowed as it is and marked for review; a folder is never guessed up to the root or
 * to somebody's whole home.
 */
import type { Constraint } from '../../kernel/capability/terms.ts'
import { visibleShort } from '../escape.ts'
import type { ValueEvidence } from './value-evidence.ts'

/** The most different values that are listed one by one where a better description exists. */
export const listedValues = 8

/** A proposed constraint. */
export interface Generalisation {
  readonly constraint: Constraint
  /** Why this one, in words that are safe to print. */
  readonly why: string
  /** True when it allows much more than was seen. */
  readonly wide: boolean
  /** What a person must decide before it can be signed; empty when nothing. */
  readonly undecided: string
}

/** Proposes a constraint that every value of `evidence` satisfies. `tooWide` names folders never to be given whole. */
export function generalise(evidence: ValueEvidence, tooWide: readonly string[]): Generalisation {
  const { values, complete, folder, range, items, origin } = evidence
  const [only] = values.values()
  if (complete && values.size === 1 && only !== undefined)
    return plain({ eq: only }, evidence.count === 1 ? 'it was this, once' : 'it was always this')
  if (folder !== null) return generalisePaths(evidence, `/${folder.join('/')}`, tooWide)
  const scalar = [...values.values()].every((value) => typeof value !== 'object' || value === null)
  if (complete && scalar && values.size <= listedValues && values.size > 0) {
    return plain({ in: [...values.values()] }, `it was one of ${values.size} values`)
  }
  if (range !== null) return plain({ range }, 'it was a number in this range')
  if (items !== null && items.count > 0) return generaliseItems(items, tooWide)
  if (origin !== null) {
    return wide({ prefix: origin }, 'every value was an address there, with many different paths')
  }
  return wide({ any: true }, complete ? 'no narrower form fits its values' : 'its values were many or long')
}

function plain(constraint: Constraint, why: string): Generalisation {
  return { constraint, why, wide: false, undecided: '' }
}

function wide(constraint: Constraint, why: string): Generalisation {
  return { constraint, why: `wide: please review; ${why}`, wide: true, undecided: '' }
}

function generalisePaths(
  { values, complete }: ValueEvidence,
  folder: string,
  tooWide: readonly string[],
): Generalisation {
  if (folder !== '/' && !tooWide.includes(folder)) {
    const why = 'the deepest folder that holds every path it was'
    return isTop(folder)
      ? wide({ within: folder }, `${why}, and a whole top folder`)
      : plain({ within: folder }, why)
  }
  const shown = visibleShort(folder, 100)
  if (complete) {
    return plain(
      { in: [...values.values()] },
      `the folder that holds them all would be ${shown}, which is too much`,
    )
  }
  const undecided = `it was many paths all over ${shown}: write a constraint such as {"within": "/a/folder"}`
  return { constraint: { any: true }, why: 'needs a decision', wide: true, undecided }
}

function isTop(folder: string): boolean {
  return folder.lastIndexOf('/') === 0
}

function generaliseItems(items: ValueEvidence, tooWide: readonly string[]): Generalisation {
  const inner = generalise(items, tooWide)
  return { ...inner, constraint: { every: inner.constraint }, why: `a list, of whose items: ${inner.why}` }
}
