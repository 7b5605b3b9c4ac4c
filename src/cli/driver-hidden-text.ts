/**
 * Finds text that a person would not see but a model would read: in names, descriptions and schemas of what a
 * driver offers. Such text is shown spelt out everywhere; here it is also named, so that it is noticed.
 */
import type { Json } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'

/** One place with text that does not show. */
export interface HiddenText {
  /** Where in the definition, for example `inputSchema.properties.path.description`. */
  readonly at: string
  /** What kind of text. */
  readonly kind: string
  readonly count: number
}

/** An emoji may be followed by one selector of its presentation, or joined to another: both are ordinary. */
const emoji = /\p{Extended_Pictographic}(?:\uFE0F|\u200D(?=\p{Extended_Pictographic}))+|[0-9#*]\uFE0F/gu
/** What counts as what, the first that fits; line breaks and tabs are ordinary. */
const kinds: readonly { readonly kind: string; readonly pattern: RegExp }[] = [
  { kind: 'terminal control characters', pattern: /(?![\t\n\r])\p{Cc}/gu },
  { kind: 'invisible tag characters, which can carry a whole text', pattern: /[\u{E0000}-\u{E007F}]/gu },
  { kind: 'direction overrides', pattern: /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu },
  {
    kind: 'variation selectors, which can carry a whole text',
    pattern: /[\uFE00-\uFE0F\u{E0100}-\u{E01EF}]/gu,
  },
  { kind: 'characters without width', pattern: /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu },
  { kind: 'private or unassigned characters', pattern: /[\p{Co}\p{Cn}]/gu },
  { kind: 'line separators', pattern: /[\p{Zl}\p{Zp}]/gu },
]
/** More than this many places say no more than the first ones do. */
const mostFound = 32

/** Every place in `value` with text that does not show, at most 32. */
export function hiddenText(value: Json): readonly HiddenText[] {
  const found: HiddenText[] = []
  search(value, '', found)
  return found
}

function search(value: Json, at: string, found: HiddenText[]): void {
  if (found.length >= mostFound) return
  if (typeof value === 'string') found.push(...inText(value, at))
  else if (Array.isArray(value)) {
    for (const [index, item] of (value as readonly Json[]).entries()) search(item, `${at}[${index}]`, found)
  } else if (isJsonObject(value)) {
    for (const [name, item] of Object.entries(value)) {
      const inside = at === '' ? name : `${at}.${name}`
      found.push(...inText(name, `the name ${inside}`))
      search(item, inside, found)
    }
  }
}

function inText(text: string, at: string): readonly HiddenText[] {
  let rest = text.replace(emoji, '')
  return kinds.flatMap(({ kind, pattern }) => {
    const count = rest.match(pattern)?.length ?? 0
    rest = rest.replace(pattern, '')
    return count === 0 ? [] : [{ at, kind, count }]
  })
}
