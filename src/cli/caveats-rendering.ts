/**
 * The terms of a capability in words. Used before signing a grant and when explaining one, so that the two
 * screens cannot tell different stories. Everything is escaped here.
 */
import { wheresOf } from '../kernel/capability/arguments.ts'
import type { ArgumentTerms, Caveats } from '../kernel/capability/terms.ts'
import { showTerm } from './constraint-syntax.ts'
import { showDuration, showInstant } from './duration.ts'
import { visible } from './escape.ts'

/** One line per caveat of one level. An empty list means: this level adds nothing. */
export function showCaveats(caveats: Caveats): readonly string[] {
  const lines: string[] = []
  if (caveats.selectors !== undefined) lines.push(`may ask for ${caveats.selectors.map(visible).join(', ')}`)
  for (const [selector, terms] of wheresOf(caveats).flatMap((where) => Object.entries(where))) {
    lines.push(`${selector === '*' ? 'arguments' : `arguments of ${visible(selector)}`}: ${showTerms(terms)}`)
  }
  if (caveats.argumentsCommitment !== undefined) lines.push('only exactly the arguments that were shown')
  if (caveats.uses !== undefined) lines.push(`uses: ${caveats.uses} altogether`)
  if (caveats.rate !== undefined) {
    lines.push(`rate: at most ${caveats.rate.count} in any ${showDuration(caveats.rate.perMs)}`)
  }
  if (caveats.budget !== undefined) lines.push(`budget: uses may cost ${caveats.budget.amount} together`)
  if (caveats.quorum !== undefined)
    lines.push(`quorum: every use takes ${caveats.quorum} capabilities, granted by as many operators`)
  if (caveats.expiresAt !== undefined) lines.push(`expires ${showInstant(caveats.expiresAt)}`)
  if (caveats.ask === true) lines.push('every use must be approved by an operator')
  if (caveats.approvals !== undefined)
    lines.push(`every use must be approved by ${caveats.approvals} different operators`)
  if (caveats.fourEyes === true) lines.push('four eyes: an approval needs a second operator who agrees')
  if (caveats.derivable === false) lines.push('nothing may be derived from it')
  if (caveats.badge !== undefined) lines.push(`badge ${visible(caveats.badge)}`)
  return lines
}

function showTerms(terms: ArgumentTerms): string {
  const named = Object.entries(terms.arguments).map(([name, term]) => visible(showTerm(name, term)))
  const rest = terms.open === true ? 'any others' : named.length === 0 ? 'none' : 'no others'
  return [...named, rest].join('; ')
}
