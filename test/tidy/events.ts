/**
 * Line 33 of the attack card, made executable: every event kind that is declared is really emitted by the
 * kernel and really handled by its fold. A declared kind that nothing emits is a promise nobody keeps.
 */
import type { Finding } from './finding.ts'
import { isTest, lineAt, type Source } from './sources.ts'

const eventFile = 'src/kernel/event.ts'

/** Kinds are declared in `event.ts` and in the `event-bodies.ts` of a folder; their numbers emit nothing. */
function isDeclaration(path: string): boolean {
  return path === eventFile || path.endsWith('/event-bodies.ts') || path === 'src/kernel/event-codes.ts'
}

/** The kinds declared as members of an interface `…Bodies`. */
export function declaredKinds(
  eventSource: Source,
): readonly { readonly kind: string; readonly line: number }[] {
  const text = eventSource.withoutComments
  const start = text.search(/interface [A-Za-z]*Bodies\b/)
  if (start < 0) return []
  const body = text.slice(start, text.indexOf('\n}', start))
  return [...body.matchAll(/^ {2}'(?<kind>[a-z]+\.[a-z]+)'\s*:/gm)].map((match) => ({
    kind: match.groups?.['kind'] ?? '',
    line: lineAt(text, start + match.index),
  }))
}

/** The fold is `evolve.ts` and whatever it is split into: files named for it or `apply-…`, or in a folder of that name. */
function isFold(path: string): boolean {
  return /(?:^|[/-])(?:evolve|apply)(?:[/.-]|$)/.test(path.slice('src/kernel/'.length))
}

/** True when the text mentions the kind as a value it makes, not only as one it compares with. */
function emits(text: string, kind: string): boolean {
  const quoted = `'${kind.replace('.', '\\.')}'`
  const compared = new RegExp(`(?:case|[!=]==)\\s*${quoted}`, 'g')
  return new RegExp(quoted).test(text.replace(compared, ''))
}

function handles(text: string, kind: string): boolean {
  return new RegExp(
    `(?:case\\s+|^\\s*|[[{,(]\\s*)'${kind.replace('.', '\\.')}'\\s*(?::|\\(|\\]|,|\\))`,
    'm',
  ).test(text)
}

/** Kinds that are never emitted or never folded. */
export function breachesOfEvents(sources: readonly Source[]): readonly Finding[] {
  const kernel = sources.filter(({ path }) => path.startsWith('src/kernel/') && !isTest(path))
  const declaration = kernel.find(({ path }) => path === eventFile)
  if (declaration === undefined) return [{ file: eventFile, line: 0, rule: 'events', message: 'is missing' }]
  const folds = kernel.filter(({ path }) => isFold(path))
  const emitters = kernel.filter(
    ({ path }) => !isFold(path) && !isDeclaration(path) && path !== 'src/kernel/command.ts',
  )
  const declared = kernel
    .filter(({ path }) => isDeclaration(path))
    .flatMap((source) => declaredKinds(source).map((found) => ({ ...found, file: source.path })))
  return declared.flatMap(({ file, kind, line }) => {
    const at = { file, line, rule: 'events' }
    const missing: Finding[] = []
    if (!emitters.some((source) => emits(source.withoutComments, kind))) {
      missing.push({ ...at, message: `nothing in src/kernel emits ${kind}` })
    }
    if (!folds.some((source) => handles(source.withoutComments, kind))) {
      missing.push({ ...at, message: `evolve does not handle ${kind}` })
    }
    return missing
  })
}
