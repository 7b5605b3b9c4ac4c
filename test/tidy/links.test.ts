import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { assertCatches, assertTidy } from './finding.ts'
import { brokenLinks, headingAnchors, type Shelf } from './links.ts'
import { filesUnder, readText, repository } from './sources.ts'

const disk: Shelf = {
  exists: (path) => existsSync(join(repository, path)),
  textOf: (path) => (existsSync(join(repository, path)) ? readText(path) : null),
}

test('every link in every page leads somewhere', () => {
  const pages = filesUnder('.').filter((path) => path.endsWith('.md') && !path.startsWith('test/fixtures/'))
  assert.ok(pages.length > 0)
  assertTidy(pages.flatMap((path) => brokenLinks(path, readText(path), disk)))
})

test('a link to nothing, to a missing heading or out of the repository is caught', () => {
  const shelf: Shelf = {
    exists: (path) => path === 'docs/there.md' || path === 'docs/here.md',
    textOf: () => '# A heading, with `code`\n\n## Twice\n\n## Twice\n',
  }
  const page = [
    '[good](there.md) and [also](there.md#a-heading-with-code) and [web](https://example.org/x)',
    '[gone](missing.md)',
    '[no heading](there.md#another)',
    '[outside](../../etc/passwd)',
    '`[in code](missing.md)`',
    '[second](there.md#twice-1)',
    '[by name]: missing-too.md',
  ]
  assertCatches(brokenLinks('docs/here.md', page.join('\n'), shelf), [2, 3, 4, 7])
})

test('headings inside code blocks make no anchors', () => {
  assert.deepEqual([...headingAnchors('# One\n```sh\n# not one\n```\n## Two words')], ['one', 'two-words'])
})
