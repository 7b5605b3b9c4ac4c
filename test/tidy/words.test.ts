import { test } from 'node:test'
import { assertCatches, assertTidy } from './finding.ts'
import { allSources, productSources, sourceOf } from './sources.ts'
import { breachesOfDeterminism, breachesOfLanguage, breachesOfNotes, breachesOfSuppression } from './words.ts'

const sample = (path: string, ...lines: readonly string[]) => sourceOf(path, lines.join('\n'))

test('there is no default export, any, enum or namespace', () => {
  assertTidy(allSources().flatMap(breachesOfLanguage))
})

test('the language rule catches each of them and spares look-alikes', () => {
  const bad = sample(
    'src/cli/sample.ts',
    'export default 1',
    'let a: any',
    'const b = c as any',
    'type D = Record<string, any[]>',
    'enum E { F }',
    'namespace G { }',
    'export { h as default }',
    'type Fine = { readonly any: true; company: Many }',
    "const fine = it.any ? 'any' : anything // any",
    'if (any === true) return ok({ any })',
  )
  assertCatches(breachesOfLanguage(bad), [1, 2, 3, 4, 5, 6, 7])
})

test('no compiler or linter message is silenced without a reason', () => {
  assertTidy(allSources().flatMap(breachesOfSuppression))
})

test('a silent suppression is caught', () => {
  // Composed, so that this file does not breach its own rule.
  const [ignore, disable] = ['ignore', 'disable']
  const bad = sample(
    'src/cli/sample.ts',
    `// @ts-${ignore}`,
    `// oxlint-${disable}-next-line no-console`,
    `// oxlint-${disable}-next-line no-console -- this is the console`,
  )
  assertCatches(breachesOfSuppression(bad), [1, 2])
})

test('base and kernel depend on nothing but their input', () => {
  assertTidy(productSources().flatMap(breachesOfDeterminism))
})

test('every forbidden source of difference is caught', () => {
  const lines = [
    'const a = new Date()',
    'const b = Math.random()',
    'const c = Math.pow(2, 3)',
    'const d = 2 ** 3',
    'const e = performance.now()',
    'async function f() {}',
    'const g = await h',
    'const i = new Intl.Collator()',
    "j.localeCompare('k')",
    'new WeakRef(l)',
    'new FinalizationRegistry(m)',
    'setTimeout(n, 1)',
    'process.exit(1)',
    'Math.sqrt(2)',
    'globalThis.o = 1',
    'p.toLocaleString()',
  ]
  assertCatches(
    breachesOfDeterminism(sample('src/kernel/sample.ts', ...lines)),
    lines.map((_, index) => index + 1),
  )
  assertCatches(breachesOfDeterminism(sample('src/ledger/sample.ts', ...lines)), [])
})

test('the determinism rule spares words in comments, strings and names', () => {
  const fine = [
    'const field = 2n ** 255n - 19n + x ** 2n',
    '/** The Date, awaited. */',
    "const dateOf = 'Date' // async",
    'const process = state.processes.get(id)',
    'process.id',
  ]
  assertCatches(breachesOfDeterminism(sample('src/kernel/sample.ts', ...fine)), [])
})

test('every note to come back names its issue', () => {
  assertTidy(allSources().flatMap(breachesOfNotes))
})

test('a note without an issue is caught', () => {
  const word = ['TO', 'DO'].join('')
  assertCatches(
    breachesOfNotes(sample('src/cli/sample.ts', `// ${word}: later`, `// ${word}(#12): later`)),
    [1],
  )
})
