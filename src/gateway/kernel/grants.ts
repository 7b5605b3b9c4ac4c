/**
 * What the capabilities that cover a selector let one argument be, for showing and for choosing between drivers.
 * Never for deciding: the kernel judges every call.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import { termsFor } from '../../kernel/capability/arguments.ts'
import { satisfies } from '../../kernel/capability/constraint.ts'
import { parseCaveats } from '../../kernel/capability/parse-caveats.ts'
import type { ArgumentTerms } from '../../kernel/capability/terms.ts'

/** The capabilities that cover one selector, each as the `where` of its levels. */
export type Grants = readonly (readonly JsonObject[])[]

/** True when some capability may let the argument `name` be `value`. */
export function mayAllow(grants: Grants, selector: string, name: string, value: Json): boolean {
  return grants.some((levels) =>
    levels.every((level) => {
      const terms = termsOf(level, selector)
      const term = terms.arguments[name]
      return term === undefined ? terms.open === true : satisfies(term.constraint, value)
    }),
  )
}

function termsOf(level: JsonObject, selector: string): ArgumentTerms {
  const parsed = parseCaveats({ where: level })
  const where = parsed.ok ? parsed.value.where : undefined
  return (where === undefined ? null : termsFor(where, selector)) ?? { arguments: {} }
}
