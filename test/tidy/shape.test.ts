import { test } from 'node:test'
import { assertCatches, assertTidy } from './finding.ts'
import { breachesOfExportDocs, breachesOfLength, breachesOfNames, breachesOfOpening } from './shape.ts'
import { allSources, productSources, sourceOf } from './sources.ts'

test('files and folders are named after what is in them', () => {
  assertTidy(allSources().flatMap(({ path }) => breachesOfNames(path)))
})

test('an empty or ill-formed name is caught', () => {
  for (const path of [
    'src/base/utils.ts',
    'src/helpers/a.ts',
    'src/base/common.test.ts',
    'src/base/Json.ts',
    'src/a/b_c.ts',
  ]) {
    assertCatches(breachesOfNames(path), [0])
  }
  assertCatches(breachesOfNames('src/base/strict-json.test.ts'), [])
})

test('no file of src is longer than one idea', () => {
  assertTidy(productSources().flatMap(breachesOfLength))
})

test('a file of 301 lines is caught and one of 300 is not', () => {
  assertCatches(breachesOfLength(sourceOf('src/base/sample.ts', 'a\n'.repeat(301))), [301])
  assertCatches(breachesOfLength(sourceOf('src/base/sample.ts', 'a\n'.repeat(300))), [])
  assertCatches(breachesOfLength(sourceOf('src/base/sample.test.ts', 'a\n'.repeat(601))), [601])
})

test('every file opens with what it is for', () => {
  assertTidy(allSources().flatMap(breachesOfOpening))
})

test('a file that opens with code is caught', () => {
  assertCatches(
    breachesOfOpening(sourceOf('src/base/sample.ts', "import { a } from './a.ts'\n/** Late. */")),
    [1],
  )
  assertCatches(breachesOfOpening(sourceOf('src/base/sample.ts', '#!/usr/bin/env node\n/** In time. */')), [])
})

test('every export of src says what it means', () => {
  assertTidy(productSources().flatMap(breachesOfExportDocs))
})

test('an export without a doc comment is caught, once for all its overloads', () => {
  const text = [
    '/** Good. */',
    'export const a = 1',
    'export const b = 2',
    '// Not a doc comment at all',
    'export interface C {}',
    '/** Two overloads. */',
    'export function d(x: string): void',
    'export function d(x: number): void',
    'export type { E } from "./e.ts"',
    'export async function f() {}',
  ]
  assertCatches(breachesOfExportDocs(sourceOf('src/base/sample.ts', text.join('\n'))), [3, 5, 10])
})
