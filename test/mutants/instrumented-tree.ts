/**
 * A copy of the repository in which every mutant of the mutated files is there at once, behind a switch that an
 * environment variable turns on. Stryker’s instrumenter makes mutants and switches; everything else is copied.
 * Two kinds of place are left as they are, because no test should pin them down: sentences for people, and the
 * conditions of `invariant`, which by definition nothing can make false.
 */
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Mutant } from './sample.ts'
import { mutatedFiles } from './targets.ts'

/** The copy. `remove` deletes it. */
export interface InstrumentedTree {
  readonly root: string
  readonly mutants: readonly Mutant[]
  /** Places that were left alone, by reason. */
  readonly ignored: ReadonlyMap<string, number>
  remove(): void
}

/** The part of a syntax tree's node that is looked at. */
interface Node {
  readonly type: string
  readonly value?: unknown
  readonly quasis?: readonly { readonly value: { readonly raw: string } }[]
  readonly callee?: { readonly name?: string }
  /** Of a statement: what it evaluates. */
  readonly expression?: Node
}

/** A place in a file, as Stryker tells it: lines from 0. */
interface Place {
  readonly line: number
  readonly column: number
}

/** The part of Stryker’s instrumenter that is used. */
interface Instrumenting {
  readonly Instrumenter: new (logger: object) => {
    instrument(
      files: readonly { readonly name: string; readonly content: string; readonly mutate: true }[],
      options: object,
    ): Promise<{
      readonly files: readonly { readonly name: string; readonly content: string }[]
      readonly mutants: readonly {
        readonly id: string
        readonly fileName: string
        readonly mutatorName: string
        readonly replacement: string
        readonly location: { readonly start: Place; readonly end: Place }
        readonly statusReason?: string
      }[]
    }>
  }
}

/**
 * Stryker counts how often each mutant is met, which makes tests that loop a million times take minutes. Ours only
 * notes that it was met, and only where somebody holds a set out for it.
 */
const counting = 'function stryCov_9fa48() {'
const noting = `  const met = globalThis.__custosMet__;
  stryCov_9fa48 = met === undefined ? () => undefined : (...ids) => { for (const id of ids) met.add(id) };
  return stryCov_9fa48(...arguments);`

/** Makes the copy of the repository at `root`. */
export async function instrumentedTree(root: string): Promise<InstrumentedTree> {
  const { Instrumenter } = await loadInstrumenter()
  const sources = mutatedFiles(root).map((name) => ({
    name,
    content: readFileSync(join(root, name), 'utf8'),
    mutate: true as const,
  }))
  const quiet = { isDebugEnabled: () => false, debug: () => undefined, info: () => undefined }
  const options = { excludedMutations: [], ignorers: [{ shouldIgnore }], plugins: null }
  const made = await new Instrumenter(quiet).instrument(sources, options)
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'custos-mutants-')))
  for (const part of ['src', 'test', 'canon', 'package.json'])
    cpSync(join(root, part), join(folder, part), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  for (const { name, content } of made.files)
    writeFileSync(join(folder, name), content.replace(counting, `${counting}\n${noting}`))
  const texts = new Map(sources.map(({ name, content }) => [name, content.split('\n')]))
  const ignored = new Map<string, number>()
  const mutants: Mutant[] = []
  for (const { id, fileName, mutatorName, replacement, location, statusReason } of made.mutants) {
    if (statusReason !== undefined) ignored.set(statusReason, (ignored.get(statusReason) ?? 0) + 1)
    else
      mutants.push({
        id,
        file: fileName,
        line: location.start.line + 1,
        column: location.start.column + 1,
        mutator: mutatorName,
        original: textAt(texts.get(fileName) ?? [], location.start, location.end),
        replacement,
      })
  }
  return { root: folder, mutants, ignored, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

async function loadInstrumenter(): Promise<Instrumenting> {
  const script = new URL('../../scripts/servers.mjs', import.meta.url).href
  const { ensureInstrumenter } = (await import(script)) as {
    readonly ensureInstrumenter: () => Promise<string>
  }
  const installed = await ensureInstrumenter()
  const found = createRequire(join(installed, 'package.json')).resolve('@stryker-mutator/instrumenter')
  return (await import(pathToFileURL(found).href)) as Instrumenting
}

/** Why a place is left alone, or undefined. */
function shouldIgnore({ node }: { readonly node: Node }): string | undefined {
  const evaluated = node.type === 'ExpressionStatement' ? (node.expression ?? node) : node
  if (evaluated.type === 'CallExpression' && evaluated.callee?.name === 'invariant') return 'an invariant'
  const text =
    typeof node.value === 'string' ? node.value : (node.quasis ?? []).map(({ value }) => value.raw).join('')
  const isText = node.type === 'StringLiteral' || node.type === 'TemplateLiteral'
  return isText && /\p{L}.* |^ .*\p{L}/su.test(text) ? 'a sentence for people' : undefined
}

function textAt(lines: readonly string[], start: Place, end: Place): string {
  const taken = lines.slice(start.line, end.line + 1)
  if (taken.length === 0) return ''
  const last = taken.length - 1
  taken[last] = (taken[last] ?? '').slice(0, end.column)
  taken[0] = (taken[0] ?? '').slice(start.column)
  return taken.join('\n')
}
