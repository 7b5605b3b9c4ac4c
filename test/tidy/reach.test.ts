import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertTidy } from './finding.ts'
import { facesOf, type PackageManifest } from './manifest.ts'
import { deadFiles } from './reach.ts'
import { allSources, readText, sourceOf } from './sources.ts'

test('every file of src is imported or started by something', () => {
  const faces = facesOf(JSON.parse(readText('package.json')) as PackageManifest)
  assertTidy(deadFiles(allSources(), faces))
})

test('a file that only its own test imports is dead; entry points and faces are not', () => {
  const sources = [
    sourceOf('src/base/used.ts', ''),
    sourceOf('src/base/unused.ts', "import { a } from './used.ts'"),
    sourceOf('src/base/unused.test.ts', "import { b } from './unused.ts'"),
    sourceOf('src/cli/main.ts', "const late = import('../base/late.ts')"),
    sourceOf('src/base/late.ts', ''),
    sourceOf('src/sdk/face.ts', ''),
  ]
  const dead = deadFiles(sources, ['src/sdk/face.ts']).map(({ file }) => file)
  assert.deepEqual(dead, ['src/base/unused.ts'])
})
