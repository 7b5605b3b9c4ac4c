/**
 * Reads `docs/glossary.md` and holds the sources to it: one word for each idea. A term that nothing uses
 * is a leftover, and a word that the glossary replaces by another must not appear in `src/`.
 */
import type { Finding } from './finding.ts'
import type { Source } from './sources.ts'

/** One row of the glossary. */
export interface Term {
  readonly word: string
  readonly line: number
  /** Words that would say the same and are therefore not used. */
  readonly not: readonly string[]
}

/** Reads the rows `| **word** | meaning | not this, nor that |`. */
export function readGlossary(markdown: string): readonly Term[] {
  return markdown.split('\n').flatMap((line, index) => {
    const row = /^\|\s*\*\*(?<word>[^*]+)\*\*\s*\|.*\|(?<not>[^|]*)\|\s*$/.exec(line)
    if (row === null) return []
    const not = (row.groups?.['not'] ?? '')
      .split(',')
      .map((word) => word.trim())
      .filter((word) => word !== '')
    return [{ word: row.groups?.['word'] ?? '', line: index + 1, not }]
  })
}

/** Names are split into their words: `PluginRegistry`, `plugin_registry` and `plugin-registry` are the same. */
function wordsOf(text: string): string {
  return text
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .replace(/[_-]/g, ' ')
    .toLowerCase()
}

function uses(text: string, word: string): boolean {
  return new RegExp(`\\b${word.replace(/[- ]/g, ' ')}(?:s|es)?\\b`).test(text)
}

/** Terms that neither the sources nor the other pages use. */
export function unusedTerms(terms: readonly Term[], texts: readonly string[]): readonly Finding[] {
  const all = wordsOf(texts.join('\n')).replace(/\s+/g, ' ')
  return terms
    .filter(({ word }) => !uses(all, word.toLowerCase()))
    .map(({ word, line }) => ({
      file: 'docs/glossary.md',
      line,
      rule: 'glossary',
      message: `nothing uses the word "${word}"; remove the row or use the word`,
    }))
}

/** Words in a source for which the glossary has another. */
export function replacedWords(terms: readonly Term[], source: Source): readonly Finding[] {
  const replaced = terms.flatMap(({ word, not }) =>
    not.map((other) => ({ word, other: other.toLowerCase() })),
  )
  return source.lines.flatMap((line, index) => {
    const words = wordsOf(line)
    return replaced
      .filter(({ other }) => uses(words, other))
      .map(({ word, other }) => ({
        file: source.path,
        line: index + 1,
        rule: 'glossary',
        message: `"${other}" is called "${word}" here (docs/glossary.md)`,
      }))
  })
}
