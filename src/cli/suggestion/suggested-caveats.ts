/** From one grant of a suggestion to the caveats that would be signed. Evidence and reasons stay behind. */
import type { Json } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { parseCaveats } from '../../kernel/capability/parse-caveats.ts'
import type { ArgumentTerm, ArgumentTerms, Caveats } from '../../kernel/capability/terms.ts'
import type { SuggestedGrant, SuggestedSelector } from './suggestion.ts'

/** The caveats of a suggested grant, through the kernel's own parser; or what that finds wrong. */
export function suggestedCaveats(grant: SuggestedGrant): Result<Caveats, string> {
  const where: { [selector: string]: ArgumentTerms } = Object.create(null) as {
    [selector: string]: ArgumentTerms
  }
  for (const [selector, line] of Object.entries(grant.selectors)) where[selector] = termsOf(line)
  const caveats: Caveats = {
    selectors: Object.keys(grant.selectors),
    where,
    ...(grant.rate === undefined ? {} : { rate: grant.rate }),
    ...(grant.ask === true ? { ask: true } : {}),
  }
  return parseCaveats(caveats as unknown as Json)
}

function termsOf({ arguments: suggested, open }: SuggestedSelector): ArgumentTerms {
  const named: { [name: string]: ArgumentTerm } = Object.create(null) as { [name: string]: ArgumentTerm }
  for (const [name, { constraint, optional }] of Object.entries(suggested)) {
    named[name] = optional === true ? { constraint, optional } : { constraint }
  }
  return open === true ? { arguments: named, open } : { arguments: named }
}
