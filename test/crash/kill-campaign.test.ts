/** A short campaign of kills on every `npm test`; the long one is `node test/crash/main.ts --kills 200`. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runCampaign } from './campaign.ts'

const skip = process.platform === 'linux' ? false : 'victims are found in /proc'

test('a dozen kill -9s of random processes under load lose nothing acknowledged', { skip }, async (t) => {
  const { kills, acknowledged, inDoubt, boots, checkpoints, violations } = await runCampaign({
    kills: 12,
    seed: 20,
  })
  t.diagnostic(`${kills} kills, ${boots} boots, ${acknowledged} acknowledged, ${inDoubt} in doubt`)
  assert.deepEqual(violations, [])
  assert.ok(kills >= 12, 'the kills took place')
  assert.ok(boots > 1, 'the kernel died and came back')
  assert.ok(acknowledged >= 100, 'there was a load')
  assert.ok(checkpoints > 0, 'roots were published while it ran')
})
