/** Durations and rates as people type them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDuration, parseRate, showDuration } from './duration.ts'

test('a duration is a whole number with one unit', () => {
  assert.deepEqual(parseDuration('90s'), { ok: true, value: 90_000 })
  assert.deepEqual(parseDuration('7d'), { ok: true, value: 604_800_000 })
  for (const text of ['', '1', 'h', '1.5h', '-1h', '0h', '1h30m', '1 h', '99999999999d', '9999999d']) {
    assert.equal(parseDuration(text).ok, false, text)
  }
})

test('a rate is a count in a window', () => {
  assert.deepEqual(parseRate('10/1m'), { ok: true, value: { count: 10, perMs: 60_000 } })
  assert.deepEqual(parseRate('3/h'), { ok: true, value: { count: 3, perMs: 3_600_000 } })
  for (const text of ['10', '0/1m', '10/', '/1m', '10/1m/1m']) assert.equal(parseRate(text).ok, false, text)
})

test('a duration is shown in its largest whole unit', () => {
  assert.equal(showDuration(3_600_000), '1h')
  assert.equal(showDuration(5_400_000), '90m')
  assert.equal(showDuration(1_500), '1500ms')
})
