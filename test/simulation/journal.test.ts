/** A campaign that was interrupted goes on where it ended, and only with the code that it began with. */
import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { hashOf, rangeSeeds, runCampaign } from './campaign.ts'
import { codeDigest, openJournal } from './journal.ts'
import type { RangeReport } from './worker.ts'

const range: RangeReport = {
  first: 0,
  seeds: rangeSeeds,
  faults: 7,
  events: 9,
  violations: [{ seed: 3, violation: 'I1 forest' }],
  sometimes: { halted: 2 },
  hash: 'a'.repeat(64),
}

test('a journal keeps ranges, forgets a torn line, and refuses other code and other files', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'custos-journal-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'journal')
  const code = codeDigest()
  const begun = openJournal(path, code)
  assert.ok(begun.ok)
  assert.deepEqual(begun.value.done, [])
  begun.value.add(range)
  appendFileSync(path, '{"first":50,"see')
  const again = openJournal(path, code)
  assert.ok(again.ok)
  assert.deepEqual(again.value.done, [range])
  again.value.add({ ...range, first: 50 })
  const last = openJournal(path, code)
  assert.ok(last.ok)
  assert.deepEqual(
    last.value.done.map(({ first }) => first),
    [0, 50],
  )
  const before = readFileSync(path, 'utf8')
  assert.equal(openJournal(path, 'f'.repeat(64)).ok, false)
  assert.equal(readFileSync(path, 'utf8'), before)
  writeFileSync(path, 'no journal\n')
  assert.equal(openJournal(path, code).ok, false)
})

test('a campaign that goes on from what was done ends as one that was never interrupted', async () => {
  const campaign = { start: 0, seeds: rangeSeeds + 20, workers: 2, bug: null, stopsAtFirst: false } as const
  const ranges: RangeReport[] = []
  const whole = await runCampaign({ ...campaign, onRange: (each) => void ranges.push(each) })
  const [first] = ranges.toSorted((one, other) => one.first - other.first)
  assert.ok(first !== undefined)
  const ran: number[] = []
  const resumed = await runCampaign({
    ...campaign,
    done: [first],
    onRange: (each) => void ran.push(each.first),
  })
  assert.deepEqual(ran, [rangeSeeds])
  assert.deepEqual(resumed, whole)
  assert.equal(hashOf(resumed.ranges), hashOf(whole.ranges))
})
