/**
 * Blanks out what is not code, so that rules can search source text without a parser: comments, and if
 * wanted the contents of strings and regular expressions. Everything keeps its position, so that an
 * offset in the result is an offset in the file. The compiler's own parser would be exact, but version 7
 * offers it only under an unstable name; the house rules should not break with the compiler.
 */

/** A source text without comments, and the same without the contents of literals either. */
export interface Blanked {
  /** Comments are spaces; strings are as written. */
  readonly withoutComments: string
  /** Comments and the contents of strings, templates and regular expressions are spaces. */
  readonly code: string
}

type Kind = 'code' | 'comment' | 'literal'

/** Blanks a TypeScript or JavaScript text. Template substitutions count as code. */
export function blank(text: string): Blanked {
  const kinds = classify(text)
  return {
    withoutComments: keep(text, kinds, (kind) => kind !== 'comment'),
    code: keep(text, kinds, (kind) => kind === 'code'),
  }
}

function keep(text: string, kinds: readonly Kind[], wanted: (kind: Kind) => boolean): string {
  let result = ''
  for (let at = 0; at < text.length; at += 1) {
    const unit = text[at] ?? ''
    result += unit === '\n' || wanted(kinds[at] ?? 'code') ? unit : ' '
  }
  return result
}

/** Marks every position. Quotes and slashes that delimit a literal count as code; its inside does not. */
function classify(text: string): Kind[] {
  const kinds: Kind[] = Array.from({ length: text.length }, () => 'code')
  const mark = (from: number, to: number, kind: Kind): void =>
    void kinds.fill(kind, from, Math.min(to, text.length))
  /** For every template substitution that is open: how many braces inside it are. */
  const substitutions: number[] = []
  let at = 0
  while (at < text.length) {
    const unit = text[at] ?? ''
    const two = text.slice(at, at + 2)
    const open = substitutions.length - 1
    if (two === '//' || two === '/*' || (two === '#!' && at === 0)) {
      const end = commentEnd(text, at, two)
      mark(at, end, 'comment')
      at = end
    } else if (unit === "'" || unit === '"' || (unit === '/' && startsRegExp(text, at))) {
      const end = literalEnd(text, at, unit)
      mark(at + 1, end - 1, 'literal')
      at = end
    } else if (unit === '`' || (unit === '}' && substitutions[open] === 0)) {
      if (unit === '}') substitutions.pop()
      const end = templateEnd(text, at + 1)
      mark(at + 1, end.at, 'literal')
      if (end.substitution) substitutions.push(0)
      at = end.at + (end.substitution ? 2 : 1)
    } else {
      if (open >= 0 && unit === '{') substitutions[open] = (substitutions[open] ?? 0) + 1
      if (open >= 0 && unit === '}') substitutions[open] = (substitutions[open] ?? 0) - 1
      at += 1
    }
  }
  return kinds
}

function commentEnd(text: string, from: number, opening: string): number {
  const closing = opening === '/*' ? '*/' : '\n'
  const end = text.indexOf(closing, from + 2)
  if (end === -1) return text.length
  return closing === '*/' ? end + 2 : end
}

/** The position after the closing quote. In a regular expression a class may hold the slash itself. */
function literalEnd(text: string, from: number, quote: string): number {
  let inClass = false
  for (let at = from + 1; at < text.length; at += 1) {
    const unit = text[at]
    if (unit === '\\') at += 1
    else if (unit === '\n') return at
    else if (quote === '/' && unit === '[') inClass = true
    else if (quote === '/' && unit === ']') inClass = false
    else if (unit === quote && !inClass) return at + 1
  }
  return text.length
}

function templateEnd(text: string, from: number): { readonly at: number; readonly substitution: boolean } {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1
    else if (text[at] === '`') return { at, substitution: false }
    else if (text[at] === '$' && text[at + 1] === '{') return { at, substitution: true }
  }
  return { at: text.length, substitution: false }
}

/** A slash divides after a value and begins a regular expression after anything else. */
function startsRegExp(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 40), at).trimEnd()
  if (before === '') return true
  if (/\b(?:return|typeof|case|in|of|void|delete|throw|yield|await)$/.test(before)) return true
  return !/[\w$)\]}'"`]$/.test(before)
}
