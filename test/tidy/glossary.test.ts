import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertCatches, assertTidy } from './finding.ts'
import { readGlossary, replacedWords, unusedTerms } from './glossary.ts'
import { filesUnder, isTest, productSources, readText, sourceOf } from './sources.ts'

const glossary = readGlossary(readText('docs/glossary.md'))

test('the glossary defines each word once', () => {
  const words = glossary.map(({ word }) => word.toLowerCase())
  assert.ok(words.length > 20, 'the glossary could not be read')
  assert.equal(new Set(words).size, words.length)
})

test('every word of the glossary is used', () => {
  const pages = filesUnder('docs').filter((path) => path.endsWith('.md') && path !== 'docs/glossary.md')
  assertTidy(unusedTerms(glossary, [...productSources().map(({ text }) => text), ...pages.map(readText)]))
})

test('src uses the words of the glossary and not others for the same ideas', () => {
  const sources = productSources().filter(({ path }) => !isTest(path))
  assertTidy(sources.flatMap((source) => replacedWords(glossary, source)))
})

test('an unused word and a replaced word are caught', () => {
  const terms = readGlossary('| **driver** | serves an object | plugin, add-on |\n| **fugue** | nothing | |')
  assertCatches(unusedTerms(terms, ['class DriverTable {}']), [2])
  const bad = sourceOf('src/cli/sample.ts', 'const pluginRegistry = 1\n// an add-on\nconst driver = 2')
  assertCatches(replacedWords(terms, bad), [1, 2])
})
