/**
 * Who may import whom. The folders of `src/` are listed from the bottom up; each names exactly the
 * folders it may import. The table is explicit because "anything below" would let a layer reach past the
 * face of another: applications see the SDK and nothing else, and the trusted core sees only itself.
 */
import { isBuiltin } from 'node:module'
import type { Finding } from './finding.ts'
import { isTest, layerOf, type Source } from './sources.ts'

/** Allowed imports by folder, bottom first. A folder may always import itself. */
export const layers: ReadonlyMap<string, readonly string[]> = new Map([
  ['base', []],
  ['wire', ['base']],
  ['mcp', ['base']],
  ['kernel', ['base']],
  ['ledger', ['base', 'kernel']],
  ['seal', ['base', 'kernel']],
  ['witness', ['base', 'kernel', 'ledger']],
  ['sdk', ['base', 'wire']],
  ['graph', ['base', 'wire', 'kernel', 'ledger', 'sdk']],
  ['sandbox', ['base', 'wire', 'kernel']],
  ['driver', ['base', 'wire', 'mcp', 'kernel', 'sdk', 'sandbox']],
  ['governance', ['base', 'kernel', 'ledger']],
  ['cognition', ['base', 'wire', 'kernel', 'sdk', 'graph', 'driver']],
  ['learning', ['base', 'wire', 'kernel', 'ledger', 'sdk', 'graph', 'governance']],
  ['federation', ['base', 'wire', 'kernel', 'ledger', 'sdk']],
  ['apps', ['sdk']],
  ['projection', ['base', 'kernel', 'ledger']],
  ['gateway', ['base', 'wire', 'mcp', 'kernel', 'ledger', 'witness', 'sdk']],
  ['machine', ['base', 'wire', 'kernel', 'ledger', 'seal']],
  ['supervisor', ['base', 'wire', 'kernel', 'seal']],
  [
    'cli',
    [
      'base',
      'wire',
      'mcp',
      'kernel',
      'ledger',
      'seal',
      'witness',
      'sdk',
      'sandbox',
      'driver',
      'governance',
      'projection',
      'gateway',
      'machine',
      'supervisor',
    ],
  ],
])

/** The folders that must be right for the promises to hold: no npm package, sized by a ratchet. */
export const trustedCore: readonly string[] = [
  'base',
  'wire',
  'kernel',
  'ledger',
  'seal',
  'machine',
  'supervisor',
]

/** Built-in modules by folder, where not every one is allowed; those of `base` are used as pure functions. */
const builtinsAllowed: ReadonlyMap<string, readonly string[]> = new Map([
  ['base', ['node:buffer', 'node:crypto']],
  ['kernel', []],
])

/** A folder imports only what the table gives it, and nothing of `src/` imports from outside it. */
export function breachesOfLayers(source: Source): readonly Finding[] {
  const layer = layerOf(source.path)
  if (layer === null) return []
  const rule = 'import direction'
  const allowed = layers.get(layer)
  if (allowed === undefined) {
    const message = `src/${layer} is not in the table of test/tidy/layers.ts; add it with the folders it may import`
    return [{ file: source.path, line: 0, rule, message }]
  }
  return source.imports.flatMap(({ target, line }) => {
    if (target === null) return []
    const other = layerOf(target)
    if (other === layer || (other !== null && allowed.includes(other))) return []
    if (other === null && isTest(source.path) && target.startsWith('test/')) return []
    const may = allowed.length === 0 ? 'nothing but itself' : `only ${allowed.join(', ')}`
    return [
      { file: source.path, line, rule, message: `src/${layer} may import ${may}; this imports ${target}` },
    ]
  })
}

/** `base` and `kernel` reach the outside world through nothing but their arguments. */
export function breachesOfBuiltins(source: Source): readonly Finding[] {
  const allowed = builtinsAllowed.get(layerOf(source.path) ?? '')
  if (allowed === undefined || isTest(source.path)) return []
  return source.imports
    .filter(({ specifier }) => isBuiltin(specifier) && !allowed.includes(specifier))
    .map(({ specifier, line }) => ({
      file: source.path,
      line,
      rule: 'no outside world',
      message: `${specifier} is not available here: src/${layerOf(source.path)} is a pure function of its input`,
    }))
}

/** npm packages: none in the trusted core; elsewhere only those that package.json installs for users. */
export function breachesOfPackages(source: Source, dependencies: readonly string[]): readonly Finding[] {
  const layer = layerOf(source.path)
  if (layer === null || isTest(source.path)) return []
  const inCore = trustedCore.includes(layer)
  return source.imports
    .filter(({ specifier, target }) => target === null && !isBuiltin(specifier))
    .filter(({ specifier }) => inCore || !dependencies.includes(packageName(specifier)))
    .map(({ specifier, line }) => ({
      file: source.path,
      line,
      rule: 'dependencies',
      message: inCore
        ? `the trusted core imports no npm package; this imports ${specifier}`
        : `${specifier} is not a runtime dependency in package.json`,
    }))
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** Built-ins are written with `node:`, and relative imports name the file, so that a reader can open it. */
export function breachesOfSpecifiers(source: Source): readonly Finding[] {
  return source.imports.flatMap(({ specifier, target, line }) => {
    const rule = 'import form'
    const at = { file: source.path, line, rule }
    if (target !== null && !/\.(?:ts|mjs|json)$/.test(specifier))
      return [{ ...at, message: `${specifier} must end in .ts` }]
    if (isBuiltin(specifier) && !specifier.startsWith('node:'))
      return [{ ...at, message: `write node:${specifier}` }]
    return []
  })
}
