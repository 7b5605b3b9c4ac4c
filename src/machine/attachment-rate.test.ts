/** Adapters that come and go. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DriverId, Instant } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import { AttachmentRate } from './attachment-rate.ts'

test('an adapter in a loop is turned away until its window is over, and others are not', () => {
  const rate = new AttachmentRate()
  const [loop, other] = [id<DriverId>(2), id<DriverId>(3)]
  const at = (now: number, driver = loop) => rate.isTooOften(driver, id<Instant>(now))
  for (let n = 0; n < 32; n++) assert.equal(at(1_000 + n), false)
  assert.equal(at(2_000), true)
  assert.equal(at(10_999), true)
  assert.equal(at(10_999, other), false)
  assert.equal(at(11_000), false)
  rate.forget(loop)
  assert.equal(at(11_001), false)
})
