/**
 * The sources of this repository, read once and cut into what the house rules ask about: path, lines,
 * text with comments and literals blanked, and imports. Rules work on these values and never on the disk,
 * so that a test can hand them a sample.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { blank, type Blanked } from './blank.ts'

/** One import, re-export or dynamic import. */
export interface Import {
  readonly specifier: string
  readonly line: number
  /** Repository path of what a relative specifier points at; null for a package or a built-in. */
  readonly target: string | null
  readonly typeOnly: boolean
}

/** A source file as the rules see it. Paths are relative to the repository and use `/`. */
export interface Source extends Blanked {
  readonly path: string
  readonly text: string
  readonly lines: readonly string[]
  readonly imports: readonly Import[]
}

/** The root of the repository. */
export const repository: string = fileURLToPath(new URL('../..', import.meta.url))

const notOurs = new Set(['node_modules', 'dist', '.git', '.custos', 'coverage'])

/** Paths of all files under a folder of the repository, without what was installed or built. */
export function filesUnder(folder: string): readonly string[] {
  const found: string[] = []
  const visit = (path: string): void => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (notOurs.has(entry.name)) continue
      const full = join(path, entry.name)
      if (entry.isDirectory()) visit(full)
      else if (entry.isFile()) found.push(relative(repository, full).split(sep).join('/'))
    }
  }
  visit(join(repository, folder))
  return found.sort()
}

/** The text of a file of the repository. */
export function readText(path: string): string {
  return readFileSync(join(repository, path), 'utf8')
}

/** Cuts a text into a Source, as if it stood at `path`. */
export function sourceOf(path: string, text: string): Source {
  const blanked = blank(text)
  return {
    path,
    text,
    lines: text.split('\n'),
    imports: importsOf(path, blanked.withoutComments, blanked.code),
    ...blanked,
  }
}

const importForms = [
  /^[ \t]*(?:import|export)\b(?<clause>[^'";]*?)\bfrom\s*(?<quote>['"])/gm,
  /^[ \t]*import\s*(?<quote>['"])/gm,
  /\bimport\s*\(\s*(?<quote>['"])/gm,
]

/** Finds imports in code whose literals are blanked, so that an import inside a string is none. */
function importsOf(path: string, withoutComments: string, code: string): readonly Import[] {
  const found: Import[] = []
  for (const form of importForms) {
    for (const match of code.matchAll(form)) {
      const start = match.index + match[0].length
      const specifier = withoutComments.slice(
        start,
        withoutComments.indexOf(match.groups?.['quote'] ?? '', start),
      )
      const target = specifier.startsWith('.') ? posix.join(dirname(path), specifier) : null
      const typeOnly = /^\s*type\b/.test(match.groups?.['clause'] ?? '')
      found.push({ specifier, line: lineAt(code, start), target, typeOnly })
    }
  }
  return found.sort((one, other) => one.line - other.line)
}

/** The line, starting at 1, of an offset. */
export function lineAt(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1
  return line
}

/** The folder under `src/` that a path belongs to, or null when it belongs to none. */
export function layerOf(path: string): string | null {
  return /^src\/([^/]+)\//.exec(path)?.[1] ?? null
}

/** True for a test beside the source or under `test/`. */
export function isTest(path: string): boolean {
  return path.endsWith('.test.ts')
}

let cached: readonly Source[] | null = null

/** Every TypeScript file of `src`, `test`, `bench` and `proof`. */
export function allSources(): readonly Source[] {
  cached ??= ['src', 'test', 'bench', 'proof']
    .filter((folder) => readdirSync(repository).includes(folder))
    .flatMap((folder) => filesUnder(folder))
    .filter((path) => path.endsWith('.ts'))
    .map((path) => sourceOf(path, readText(path)))
  return cached
}

/** Every TypeScript file under `src/`, tests included. */
export function productSources(): readonly Source[] {
  return allSources().filter((source) => source.path.startsWith('src/'))
}
