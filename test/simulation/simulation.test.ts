/** The simulator itself: it can be repeated, it finds what is planted, and it finds nothing else. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runCampaign } from './campaign.ts'
import { bugNames, fitsItsSource } from './planted-bugs.ts'
import { runSeed } from './run-seed.ts'

test('the same seed gives the same trace, and another seed another', async () => {
  for (const seed of [3, 99]) {
    const [first, second] = [await runSeed(seed), await runSeed(seed)]
    assert.equal(first.violation, null)
    assert.equal(second.digest, first.digest)
    assert.notEqual((await runSeed(seed + 1)).digest, first.digest)
  }
})

test('nothing is violated in a few hundred seeds', async () => {
  const report = await runCampaign({ start: 0, seeds: 300, workers: 2, bug: null, stopsAtFirst: false })
  assert.deepEqual(report.violations, [])
  assert.equal(report.seeds, 300)
})

test('every planted bug fits its source', () => {
  assert.deepEqual(
    bugNames.filter((name) => !fitsItsSource(name)),
    [],
  )
})

for (const bug of bugNames) {
  test(`the planted bug ${bug} is found within 2,000 seeds`, async () => {
    const report = await runCampaign({ start: 0, seeds: 2_000, workers: 1, bug, stopsAtFirst: true })
    assert.ok(report.violations.length > 0)
  })
}
