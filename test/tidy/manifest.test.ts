import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { assertTidy } from './finding.ts'
import { breachesOfPinning, facesOf, unexplainedDependencies, type PackageManifest } from './manifest.ts'
import { readText, repository } from './sources.ts'

const manifest = JSON.parse(readText('package.json')) as PackageManifest

test('every dependency is explained in docs/dependencies.md', () => {
  assertTidy(unexplainedDependencies(manifest, readText('docs/dependencies.md')))
})

test('an unexplained and a forgotten dependency are caught', () => {
  const found = unexplainedDependencies(
    { dependencies: { a: '1.0.0' }, devDependencies: { b: '1.0.0' } },
    '### `b`\n### `c`\n',
  )
  assert.deepEqual(
    found.map(({ message }) => message),
    ['no heading explains a', 'c is explained but is not in package.json'],
  )
})

test('versions are exact and only node runs a script while installing', () => {
  assertTidy(breachesOfPinning(manifest))
})

test('a version range and another install script are caught', () => {
  const loose = {
    devDependencies: { a: '^1.0.0', b: '1.0.0' },
    allowScripts: { node: true, c: true, d: false },
  }
  assert.equal(breachesOfPinning(loose).length, 2)
})

test('every face and every command that package.json names is there', () => {
  for (const path of [...facesOf(manifest), ...Object.values(manifest.bin ?? {})]) {
    assert.ok(existsSync(join(repository, path)), `package.json names ${path}, which does not exist`)
  }
})
