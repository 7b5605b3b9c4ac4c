import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertCatches, assertTidy } from './finding.ts'
import {
  breachesOfBuiltins,
  breachesOfLayers,
  breachesOfPackages,
  breachesOfSpecifiers,
  layers,
  trustedCore,
} from './layers.ts'
import type { PackageManifest } from './manifest.ts'
import { allSources, productSources, readText, sourceOf } from './sources.ts'

const dependencies = Object.keys((JSON.parse(readText('package.json')) as PackageManifest).dependencies ?? {})

test('the table of layers allows only folders that come earlier', () => {
  const order = [...layers.keys()]
  for (const [folder, allowed] of layers) {
    for (const other of allowed)
      assert.ok(order.indexOf(other) < order.indexOf(folder), `${folder} may import ${other}`)
  }
})

test('the trusted core is closed: its folders may import only each other', () => {
  for (const folder of trustedCore) {
    for (const other of layers.get(folder) ?? [])
      assert.ok(trustedCore.includes(other), `${folder} may import ${other}`)
  }
})

test('no folder imports what the table does not give it', () => {
  assertTidy(productSources().flatMap(breachesOfLayers))
})

test('an upward, sideways or outside import is caught, in every form', () => {
  const bad = sourceOf(
    'src/kernel/gate/sample.ts',
    [
      "import { ok } from '../../base/result.ts'",
      "import type { Ledger } from '../../ledger/port.ts'",
      "export { listen } from '../../wire/socket.ts'",
      "const late = import('../../cli/main.ts')",
      "import '../../../bench/main.ts'",
      "import {\n  one,\n  two,\n} from '../../machine/loop.ts'",
      'const text = "import { a } from \'../../sdk/a.ts\'"',
    ].join('\n'),
  )
  assertCatches(breachesOfLayers(bad), [2, 3, 4, 5, 9])
})

test('applications see the SDK and nothing else', () => {
  const bad = sourceOf(
    'src/apps/mail/sample.ts',
    "import { a } from '../../sdk/a.ts'\nimport { b } from '../../base/b.ts'",
  )
  assertCatches(breachesOfLayers(bad), [2])
})

test('a new folder has to be put into the table', () => {
  assertCatches(breachesOfLayers(sourceOf('src/novelty/sample.ts', '')), [0])
})

test('base and kernel import no built-in but the pure ones that base needs', () => {
  assertTidy(productSources().flatMap(breachesOfBuiltins))
})

test('a built-in in base or kernel is caught', () => {
  const text =
    "import { readFileSync } from 'node:fs'\nimport { hash } from 'node:crypto'\nimport os from 'os'"
  assertCatches(breachesOfBuiltins(sourceOf('src/kernel/sample.ts', text)), [1, 2, 3])
  assertCatches(breachesOfBuiltins(sourceOf('src/base/sample.ts', text)), [1, 3])
  assertCatches(breachesOfBuiltins(sourceOf('src/ledger/sample.ts', text)), [])
})

test('the trusted core has no npm dependency, and the rest only declared ones', () => {
  assertTidy(productSources().flatMap((source) => breachesOfPackages(source, dependencies)))
})

test('an npm import is caught in the core, and elsewhere when it is undeclared', () => {
  const text =
    "import { a } from '@scope/left/deep.js'\nimport { b } from 'node:fs'\nimport { c } from 'right'"
  assertCatches(breachesOfPackages(sourceOf('src/ledger/sample.ts', text), ['@scope/left', 'right']), [1, 3])
  assertCatches(breachesOfPackages(sourceOf('src/cli/sample.ts', text), ['@scope/left']), [3])
  assertCatches(breachesOfPackages(sourceOf('src/cli/sample.test.ts', text), []), [])
})

test('imports are written in one form', () => {
  assertTidy(allSources().flatMap(breachesOfSpecifiers))
})

test('a relative import without its ending and a bare built-in are caught', () => {
  const text =
    "import { a } from './a'\nimport { b } from './b.js'\nimport fs from 'fs'\nimport { c } from './c.ts'"
  assertCatches(breachesOfSpecifiers(sourceOf('src/cli/sample.ts', text)), [1, 2, 3])
})
