/**
 * Makes text from agents, drivers and the ledger safe to print. A terminal obeys escape sequences and
 * reorders bidirectional text, so an agent could otherwise draw a different approval than the one that
 * is signed. Everything that is not plainly visible is shown as `\u{…}`; nothing is dropped silently.
 */

/** What a terminal may act upon, hide or reorder, and spaces that are not the space. */
const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/gu

/**
 * One line of text that prints as it reads. A backslash that is followed by `u{` is itself escaped, so
 * what is shown has one reading.
 */
export function visible(text: string): string {
  return text
    .replaceAll('\\u{', '\\u{5c}u{')
    .replace(hidden, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}

/** `visible`, cut to `limit` characters with a note of how many were left out. For summaries only. */
export function visibleShort(text: string, limit: number): string {
  const shown = visible(text)
  return shown.length <= limit ? shown : `${shown.slice(0, limit)}… (${shown.length - limit} more)`
}

/** JSON on one line in which hidden characters are `\uXXXX`, so that it is safe to print and still JSON. */
export function visibleJson(value: unknown): string {
  return JSON.stringify(value).replace(hidden, (character) =>
    Array.from({ length: character.length }, (_, index) => unicodeEscape(character.charCodeAt(index))).join(
      '',
    ),
  )
}

function unicodeEscape(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`
}
