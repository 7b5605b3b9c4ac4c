/** A short campaign of driver faults, without timings, small enough for every commit. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runDriverFaults } from './campaign.ts'
import { faultKinds } from './faults.ts'
import { runRealDrivers } from './real-drivers.ts'

test('hundreds of crashes, hangs, floods and malformed frames of drivers concern nobody else', async () => {
  const report = await runDriverFaults({ faults: 400, rounds: 2, turns: 3, turnMs: 400, seed: 7 })
  assert.deepEqual(report.violations, [])
  assert.equal(report.kernelCrashes, 0)
  for (const kind of faultKinds) assert.ok(report.faults[kind] > 0, kind)
  for (const { quietRate, faultyRate } of report.rounds) assert.ok(quietRate > 0 && faultyRate > 0)
})

test('real hostile programs end what is theirs alone, and a killed one is started again', async () => {
  const report = await runRealDrivers({ restarts: 1 })
  assert.deepEqual(report.violations, [])
  assert.equal(report.restartsMs.length, 1)
  assert.ok(report.honestCalls > 0)
})
