/** Rates, on a clock of our own. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tokenBucket } from './token-bucket.ts'

test('the burst is there at once, and more drips in', () => {
  let now = 0
  const bucket = tokenBucket({ perSecond: 10, burst: 3 }, () => now)
  const taken = (): number => [1, 1, 1, 1, 1].filter((one) => bucket.tryTake(one)).length
  assert.equal(taken(), 3)
  now = 200
  assert.equal(taken(), 2)
  now = 60_000
  assert.equal(taken(), 3)
})

test('whoever waits is let on when the debt is paid, and gives up when told', async () => {
  const bucket = tokenBucket({ perSecond: 1_000, burst: 1 }, () => 0)
  await bucket.take(1, AbortSignal.timeout(60_000))
  await bucket.take(5, AbortSignal.timeout(60_000))
  const given = new AbortController()
  const waiting = bucket.take(1_000_000, given.signal)
  given.abort()
  await assert.rejects(waiting)
})
