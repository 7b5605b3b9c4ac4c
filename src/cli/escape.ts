/**
 * Makes text from agents, drivers and the ledger safe to print. A terminal obeys escape sequences and
 * reorders bidirectional text, so an agent could otherwise draw a different approval than the one that
 * is signed. Everything that is not plainly visible is shown as `\u{…}`; nothing is dropped silently.
 */

/** True for code points that a terminal may act upon, hide or reorder. */
function isHidden(code: number): boolean {
  return (
    code < 0x20 || // C0 controls
    (code >= 0x7f && code <= 0x9f) || // DEL and C1 controls
    code === 0xad || // soft hyphen
    code === 0x34f || // combining grapheme joiner
    code === 0x61c || // Arabic letter mark
    (code >= 0x115f && code <= 0x1160) || // Hangul fillers
    (code >= 0x17b4 && code <= 0x17b5) ||
    (code >= 0x180b && code <= 0x180f) || // Mongolian selectors
    (code >= 0x200b && code <= 0x200f) || // zero width, direction marks
    (code >= 0x2028 && code <= 0x202e) || // separators, bidi embedding and override
    (code >= 0x2060 && code <= 0x206f) || // word joiner, bidi isolates
    code === 0x3164 ||
    (code >= 0xd800 && code <= 0xdfff) || // lone surrogates
    (code >= 0xfe00 && code <= 0xfe0f) || // variation selectors
    code === 0xfeff ||
    code === 0xffa0 ||
    (code >= 0xfff0 && code <= 0xfffb) ||
    (code >= 0xe0000 && code <= 0xe0fff) // tags and further selectors
  )
}

/**
 * One line of text that prints as it reads. A backslash that is followed by `u{` is itself escaped, so
 * what is shown has one reading.
 */
export function visible(text: string): string {
  let shown = ''
  for (const character of text.replaceAll('\\u{', '\\u{5c}u{')) {
    const code = character.codePointAt(0) ?? 0
    shown += isHidden(code) ? `\\u{${code.toString(16)}}` : character
  }
  return shown
}

/** `visible`, cut to `limit` characters with a note of how many were left out. For summaries only. */
export function visibleShort(text: string, limit: number): string {
  const shown = visible(text)
  return shown.length <= limit ? shown : `${shown.slice(0, limit)}… (${shown.length - limit} more)`
}

/** JSON on one line in which hidden characters are `\uXXXX`, so that it is safe to print and still JSON. */
export function visibleJson(value: unknown): string {
  const text = JSON.stringify(value)
  let shown = ''
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    const code = text.codePointAt(index) ?? unit
    const wide = code > 0xffff
    if (!isHidden(code)) shown += wide ? text.slice(index, index + 2) : text[index]
    else {
      shown += unicodeEscape(unit)
      if (wide) shown += unicodeEscape(text.charCodeAt(index + 1))
    }
    if (wide) index++
  }
  return shown
}

function unicodeEscape(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`
}
