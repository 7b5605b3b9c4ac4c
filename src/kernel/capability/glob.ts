/**
 * Glob patterns over text: `?` is one character but `/`, `*` any run without `/`, `**` any run. Matching
 * takes time proportional to pattern length times text length whatever the input, and never backtracks.
 */

/** True when the whole of `text` matches `pattern`. */
export function matchesGlob(pattern: string, text: string): boolean {
  const tokens = pattern.match(/\*\*|[\s\S]/gu) ?? []
  const characters = Array.from(text)
  // reachable[j] says whether the tokens so far can consume exactly the first j characters.
  let reachable = new Uint8Array(characters.length + 1)
  reachable[0] = 1
  for (const token of tokens) {
    const next = new Uint8Array(characters.length + 1)
    const repeats = token === '*' || token === '**'
    if (repeats) next[0] = reachable[0] ?? 0
    for (const [index, character] of characters.entries()) {
      if (repeats) {
        const extends_ = next[index] === 1 && (token === '**' || character !== '/')
        next[index + 1] = reachable[index + 1] === 1 || extends_ ? 1 : 0
      } else if (reachable[index] === 1 && (token === '?' ? character !== '/' : character === token)) {
        next[index + 1] = 1
      }
    }
    reachable = next
  }
  return reachable[characters.length] === 1
}

/** The text every match of `pattern` begins with. */
export function literalPrefix(pattern: string): string {
  const wildcard = pattern.search(/[*?]/u)
  return wildcard === -1 ? pattern : pattern.slice(0, wildcard)
}
