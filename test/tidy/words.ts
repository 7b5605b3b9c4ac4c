/**
 * Rules that look for words which must not be in code: language features we do without, whatever would
 * make the kernel's fold depend on anything but its input, and notes that nobody will come back to.
 */
import type { Finding } from './finding.ts'
import { isTest, layerOf, lineAt, type Source } from './sources.ts'

interface Ban {
  readonly pattern: RegExp
  readonly message: string
}

/** Features of the language that the house does without. */
const languageBans: readonly Ban[] = [
  { pattern: /\bexport\s+default\b/g, message: 'no default export: an import should say what it imports' },
  {
    pattern: /\bexport\s*\{[^}]*\bas\s+default\b/g,
    message: 'no default export: an import should say what it imports',
  },
  // Only where a type stands: `any` is also the name of a constraint. The linter knows exactly; this is quick.
  {
    pattern: /(?:[:<|&]|\bas|=>|\btype\s+\w+\s*=)\s*any(?![\w$])(?!\s*\??:)|(?<![\w$.])any\s*(?:\[\]|>)/g,
    message: 'no `any`: use `unknown` and narrow it',
  },
  { pattern: /\benum\s+\w+\s*\{/g, message: 'no enum: use a union of string literals' },
  { pattern: /\b(?:namespace|module)\s+[\w.]+\s*\{/g, message: 'no namespace: a file is a module' },
]

const suppressions: Ban = {
  pattern: /@ts-(?:ignore|nocheck)|@ts-expect-error(?!\s*\S+)|(?:oxlint|eslint)-disable(?!.*\s--\s)/g,
  message: 'do not silence the compiler or the linter; if it must be, say why after ` -- `',
}

/** What a deterministic fold must not touch. Each word is looked for in code, never in comments or strings. */
const worldBans: readonly Ban[] = [
  { pattern: /\bDate\b/g, message: 'Date: time arrives inside the command' },
  { pattern: /\bperformance\b/g, message: 'performance: time arrives inside the command' },
  { pattern: /\bMath\s*\.\s*random\b/g, message: 'Math.random: entropy arrives inside the command' },
  {
    pattern:
      /\bMath\s*\.\s*(?:pow|exp|expm1|log|log2|log10|log1p|a?sinh?|a?cosh?|a?tanh?|atan2|cbrt|hypot|sqrt)\b/g,
    message: 'floating-point functions may differ between engines; use integers',
  },
  // Powers of big integers are exact everywhere.
  {
    pattern: /(?<!\dn\s*)\*\*(?!\s*\d+n\b)/g,
    message: 'the power operator may differ between engines; use integers',
  },
  { pattern: /\b(?:async|await|Promise)\b/g, message: 'no asynchrony: a decision is one uninterrupted step' },
  {
    pattern: /\b(?:setTimeout|setInterval|setImmediate|queueMicrotask|nextTick)\b/g,
    message: 'no timers: time arrives inside the command',
  },
  { pattern: /\bIntl\b|\blocaleCompare\b|\btoLocale\w+/g, message: 'nothing that depends on the locale' },
  { pattern: /\bWeakRef\b|\bFinalizationRegistry\b/g, message: 'nothing that depends on garbage collection' },
  {
    pattern: /\bprocess\s*\.\s*(?:env|argv|hrtime|uptime|exit|cwd|pid|memoryUsage|stdout|stderr|stdin|on)\b/g,
    message: 'nothing of the operating-system process',
  },
  {
    pattern: /\bglobalThis\b|\bfetch\s*\(|\beval\s*\(|\bnew\s+Function\b/g,
    message: 'nothing from outside the arguments',
  },
]

function search(source: Source, text: string, rule: string, bans: readonly Ban[]): readonly Finding[] {
  const found = bans.flatMap(({ pattern, message }) =>
    [...text.matchAll(pattern)].map((match) => ({
      file: source.path,
      line: lineAt(text, match.index),
      rule,
      message,
    })),
  )
  return found.sort((one, other) => one.line - other.line)
}

/** No default export, `any`, enum or namespace anywhere. */
export function breachesOfLanguage(source: Source): readonly Finding[] {
  return search(source, source.code, 'language', languageBans)
}

/** No compiler or linter message is silenced without a reason. */
export function breachesOfSuppression(source: Source): readonly Finding[] {
  const inComments = source.lines.map((line) => (/\/\/|\/?\*/.test(line) ? line : '')).join('\n')
  return search(source, inComments, 'suppression', [suppressions])
}

/** Determinism of `base` and `kernel`: the same commands give the same events on every machine. */
export function breachesOfDeterminism(source: Source): readonly Finding[] {
  const layer = layerOf(source.path)
  if ((layer !== 'base' && layer !== 'kernel') || isTest(source.path)) return []
  return search(source, source.code, 'determinism', worldBans)
}

// Composed, so that this file does not breach its own rule.
const looseWords = [
  ['TO', 'DO'],
  ['FIX', 'ME'],
  ['XX', 'X'],
  ['HA', 'CK'],
].map((halves) => halves.join(''))
const loose = new RegExp(`\\b(?:${looseWords.join('|')})\\b(?!\\(#\\d+\\))`, 'g')

/** A note to come back names the issue in which somebody will. */
export function breachesOfNotes(source: Source): readonly Finding[] {
  const message = 'a note to come back needs its issue, as in `(#12)` right after the word; or do it now'
  return search(source, source.text, 'loose ends', [{ pattern: loose, message }])
}
