/** A short run of the hostile campaign, small enough for every commit. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runHostileCommands } from './commands.ts'

test('100,000 hostile commands have no effect without a live chain, fault nothing and leave nothing behind', () => {
  const report = runHostileCommands({ count: 100_000, seed: 7 })
  assert.deepEqual(report.violations, [])
  assert.ok(report.effects > 1_000, 'an attack on a system that does nothing proves nothing')
  assert.ok(report.questions > 50, 'drivers asked and were heard')
  assert.ok(report.peakState < 5_000, `the state grew to ${report.peakState}`)
  assert.ok(report.heapLast < 2 * report.heapFirst + 32e6, `the heap grew to ${report.heapLast}`)
})
