/**
 * What the capabilities of a process say about the network, as far as the service must know it beforehand: under
 * which selector a request is to be asked for, and which TLS to open. This only chooses the question. The answer is
 * the kernel's, which judges the same terms again and alone.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import { termsFor } from '../../kernel/capability/arguments.ts'
import { satisfies } from '../../kernel/capability/constraint.ts'
import { parseCaveats } from '../../kernel/capability/parse-caveats.ts'
import type { ArgumentTerms, Where } from '../../kernel/capability/terms.ts'
import { secretOf } from '../vault/secret.ts'

/** A capability on the net service, with the terms of each of its levels. */
export interface HeldEgress {
  readonly selectors: ReadonlySet<string>
  readonly levels: readonly Where[]
  /** The same as the kernel listed them. */
  readonly where: readonly Json[]
}

/** The capabilities of a process on the net service, as the kernel lists them. Terms that are none cover nothing. */
export function heldEgress(
  listed: readonly {
    readonly selectors: readonly { readonly selector: string }[]
    readonly where: readonly Json[]
  }[],
): readonly HeldEgress[] {
  return listed.flatMap(({ selectors, where }) => {
    const levels = where.map((level) => parseCaveats({ where: level }))
    if (!levels.every((level) => level.ok)) return []
    return [
      {
        selectors: new Set(selectors.map(({ selector }) => selector)),
        levels: levels.map((level) => (level.ok ? (level.value.where ?? {}) : {})),
        where,
      },
    ]
  })
}

/** True when one of them seems to allow this call as it is. */
export function covers(held: readonly HeldEgress[], selector: string, values: JsonObject): boolean {
  return having(held, selector).some(({ levels }) =>
    levels.every((level) => allows(termsFor(level, selector), values)),
  )
}

/** True when one of them names `host` for `selector`, whatever it asks of the rest. */
export function coversHost(held: readonly HeldEgress[], selector: string, host: string): boolean {
  return having(held, selector).some((one) => namesHost(one, selector, host))
}

/** True when one of them for `host` depends on what is in a request, which must then be read. */
export function readsRequestsTo(held: readonly HeldEgress[], selector: string, host: string): boolean {
  return having(held, selector).some((one) => namesHost(one, selector, host) && readsRequests(one, selector))
}

/** True when a capability speaks of what is in a request, and not only of where it goes. */
export function readsRequests({ levels }: HeldEgress, selector: string): boolean {
  return levels.some((level) => narrows(termsFor(level, selector)))
}

/** The hosts that one capability names for `selector`; null when it allows hosts that cannot be listed. */
export function hostsOf({ levels }: HeldEgress, selector: string): readonly string[] | null {
  for (const level of levels) {
    const constraint = termsFor(level, selector)?.arguments['host']?.constraint
    if (constraint === undefined) continue
    const named = 'eq' in constraint ? [constraint.eq] : 'in' in constraint ? constraint.in : null
    if (named !== null) return named.filter((host) => typeof host === 'string')
  }
  return null
}

/** The capabilities with `selector`. */
export function having(held: readonly HeldEgress[], selector: string): readonly HeldEgress[] {
  return held.filter(({ selectors }) => selectors.has(selector))
}

/** The secrets that may be used, by name, whatever the terms. */
export function heldSecrets(held: readonly HeldEgress[]): readonly string[] {
  const names = held.flatMap(({ selectors }) => [...selectors].map(secretOf))
  return [...new Set(names.filter((name) => name !== null))].sort()
}

/** What only a look into a request can tell. */
const contents = ['method', 'path', 'bodyBytes', 'bodySha256']

function narrows(terms: ArgumentTerms | null): boolean {
  return contents.some((name) => {
    const term = terms?.arguments[name]
    return term !== undefined && !('any' in term.constraint)
  })
}

function namesHost({ levels }: HeldEgress, selector: string, host: string): boolean {
  return levels.every((level) => {
    const terms = termsFor(level, selector)
    const term = terms?.arguments['host']
    return term === undefined ? terms?.open === true : satisfies(term.constraint, host)
  })
}

function allows(terms: ArgumentTerms | null, values: JsonObject): boolean {
  if (terms === null) return false
  const named = Object.entries(terms.arguments)
  return (
    named.every(([name, { constraint, optional }]) => {
      const value = Object.hasOwn(values, name) ? values[name] : undefined
      return value === undefined ? optional === true : satisfies(constraint, value)
    }) &&
    (terms.open === true || Object.keys(values).every((name) => Object.hasOwn(terms.arguments, name)))
  )
}
