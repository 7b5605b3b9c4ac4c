import { test } from 'node:test'
import { assertCatches, assertTidy } from './finding.ts'
import { breachesOfSize, linesOfCode, measure, type Sizes } from './size.ts'
import { productSources, readText, sourceOf } from './sources.ts'
import assert from 'node:assert/strict'

test('the trusted core stays within its ceilings', (t) => {
  const ceilings = JSON.parse(readText('test/tidy/size.json')) as Sizes
  const sizes = measure(productSources())
  t.diagnostic(`base and kernel: ${sizes.pure} lines of code, ceiling ${ceilings.pure}`)
  t.diagnostic(`whole trusted core: ${sizes.trusted} lines of code, ceiling ${ceilings.trusted}`)
  assertTidy(breachesOfSize(sizes, ceilings))
})

test('growth beyond a ceiling and a ceiling left far above are caught', () => {
  assertCatches(breachesOfSize({ pure: 101, trusted: 200 }, { pure: 100, trusted: 200 }), [0])
  assertCatches(breachesOfSize({ pure: 100, trusted: 200 }, { pure: 100, trusted: 2000 }), [0])
  assertCatches(breachesOfSize({ pure: 100, trusted: 200 }, { pure: 200, trusted: 300 }), [])
})

test('comments, blank lines and tests do not count', () => {
  const text = '/** A comment\n * of two lines. */\n\nconst a = 1 // one\nconst b = `\ntext`\n'
  assert.equal(linesOfCode(sourceOf('src/base/sample.ts', text)), 3)
  const sources = ['src/base/a.ts', 'src/wire/b.ts', 'src/cli/c.ts', 'src/base/a.test.ts'].map((path) =>
    sourceOf(path, text),
  )
  assert.deepEqual(measure(sources), { pure: 3, trusted: 6 })
})
