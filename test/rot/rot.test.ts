/** A sample of the rot campaign on every `npm test`; all of it is `node test/rot/main.ts`. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flipBits, shuffleChunks } from './campaign.ts'
import { firstBitAfter, rotSamples } from './samples.ts'

test('flipped bits are found, shorten nothing, and are repaired from a mirror', async (t) => {
  const { sealed, unsealed } = await rotSamples()
  const reports = [
    await flipBits(sealed, 'main', '00000001.seg', { step: 1201 }),
    await flipBits(unsealed, 'main', '00000001.seg', { from: firstBitAfter(unsealed), step: 701 }),
    await flipBits(sealed, 'main', 'checkpoints', { step: 1201 }),
    await flipBits(sealed, 'head', 'head', { step: 37 }),
  ]
  assert.deepEqual(
    reports.flatMap(({ violations }) => violations),
    [],
  )
  const cases = reports.reduce((sum, report) => sum + report.cases, 0)
  t.diagnostic(`${cases} flips`)
  assert.ok(cases > 1_000)
})

test('chunks copied, put back, cut off and exchanged are found, and repaired from a mirror', async () => {
  const { segments } = await rotSamples()
  const { cases, violations } = await shuffleChunks(segments, 5_000, 200)
  assert.deepEqual(violations, [])
  assert.equal(cases, 200)
})
