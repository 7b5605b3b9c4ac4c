/**
 * Objects with an escaped name, among which are texts that the engine's own parser misreads: once V8 as of Node.js 26 has
 * seen a name that is one backslash, it takes another escaped one for it after some hundreds of the short names that
 * stand before it here. Which of them depends on a seed that each process draws anew, so all are tried, in this order.
 */

/** One text, and the names of its members as they were written. */
export interface EscapedNames {
  readonly text: string
  readonly names: readonly [string, string]
}

const escaped = ['\\', '\n'] as const

/** About 18,000 texts, the same each time. */
export function* escapedNameTexts(): Generator<EscapedNames> {
  const printable = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at))
  for (const last of escaped)
    for (const first of printable)
      for (const second of printable) {
        const names = [`${first}${second}`, last] as const
        yield { names, text: `{${names.map((name) => `${JSON.stringify(name)}:{}`).join(',')}}` }
      }
}
