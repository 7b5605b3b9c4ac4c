/**
 * The code manifest: every file that Custos itself consists of, with its SHA-256. A home keeps the one it was
 * started with, its ledger names that one by digest, and a start with other code is refused by naming the files.
 * Tests are left out: nothing that runs loads them.
 */
import { hash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { canonicalJson } from '../base/canonical-json.ts'
import { sha256Hex } from '../base/hash.ts'
import { isJsonObject } from '../base/json.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import { parseStrictJson } from '../base/strict-json.ts'

/** SHA-256 in hex by path, relative to the root of the product, with `/` between folders. */
export type CodeManifest = ReadonlyMap<string, string>

/** How the code that is here differs from a manifest. */
export interface CodeDifference {
  readonly path: string
  readonly how: 'changed' | 'missing' | 'added'
}

/** The folder that holds `src` (or `dist`) and `canon`. */
export const productRoot: string = fileURLToPath(new URL('../..', import.meta.url))
/** `src` in a clone, `dist` in a package. */
const codeFolder = import.meta.url.endsWith('.ts') ? 'src' : 'dist'
/** Folders of the code that must be right for the promises to hold: what a kernel's process loads. */
const coreFolders = ['base', 'kernel', 'ledger', 'machine', 'seal', 'supervisor', 'wire']
const hex64 = /^[0-9a-f]{64}$/u
const jsonLimits = { maxBytes: 8_388_608, maxDepth: 3, maxValues: 131_072 }

/** Digests of the code that is here: all of it, or of the trusted core and the canon alone. */
export function readCode(part: 'all' | 'core', root: string = productRoot): CodeManifest {
  const code = join(root, codeFolder)
  const folders = part === 'all' ? [code] : coreFolders.map((name) => join(code, name))
  const files = [...folders, join(root, 'canon')].flatMap(filesUnder)
  const digests = files.map((file): [string, string] => [
    relative(root, file).split(sep).join('/'),
    hash('sha256', readFileSync(file), 'hex'),
  ])
  return new Map(digests.sort(([one], [other]) => (one < other ? -1 : 1)))
}

function filesUnder(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && !/\.test\.[a-z.]+$/u.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
}

/** The text of a manifest: what a home keeps. */
export function manifestText(manifest: CodeManifest): string {
  return canonicalJson({ files: Object.fromEntries(manifest), version: 1 })
}

/** SHA-256 in hex of the text: what a ledger names it by. */
export function manifestDigest(manifest: CodeManifest): string {
  return sha256Hex(manifestText(manifest))
}

/** A manifest from its text, or a sentence saying that it is none. Only the canonical text is one. */
export function parseManifestText(bytes: Uint8Array): Result<CodeManifest, string> {
  const parsed = parseStrictJson(bytes, jsonLimits)
  const value = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {}
  const { files } = value
  if (!isJsonObject(files)) return err('the code manifest cannot be read')
  const entries = Object.entries(files).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && hex64.test(entry[1]),
  )
  const manifest = new Map(entries)
  return Buffer.from(manifestText(manifest)).equals(bytes)
    ? ok(manifest)
    : err('the code manifest is not what was written')
}

/** Where `present` is not what `recorded` says. Of the core alone when `present` was read so. */
export function compareCode(
  recorded: CodeManifest,
  present: CodeManifest,
  part: 'all' | 'core',
): readonly CodeDifference[] {
  const core = new RegExp(`^(?:canon|[^/]+/(?:${coreFolders.join('|')}))/`, 'u')
  const expected = [...recorded].filter(([path]) => part === 'all' || core.test(path))
  const differences = expected.flatMap(([path, digest]): readonly CodeDifference[] => {
    const now = present.get(path)
    if (now === digest) return []
    return [{ path, how: now === undefined ? 'missing' : 'changed' }]
  })
  const added = [...present.keys()].filter((path) => !recorded.has(path))
  return [...differences, ...added.map((path) => ({ path, how: 'added' as const }))]
}

/** Differences in one line, the first ten of them by name. */
export function showDifferences(differences: readonly CodeDifference[]): string {
  const named = differences.slice(0, 10).map(({ path, how }) => `${path} (${how})`)
  const more = differences.length > 10 ? `, and ${differences.length - 10} more` : ''
  return `${named.join(', ')}${more}`
}
