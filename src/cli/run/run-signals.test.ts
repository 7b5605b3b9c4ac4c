/** Interrupts, one and two. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InterruptCount } from './run-signals.ts'

test('two interrupts within a second are one wish to end it, and a third begins anew', () => {
  const count = new InterruptCount()
  assert.deepEqual(
    [0, 1_500, 2_000, 2_100, 2_200].map((at) => count.isSecond(at)),
    [false, false, true, false, true],
  )
})
