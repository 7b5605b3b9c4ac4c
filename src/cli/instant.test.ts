import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseInstant } from './instant.ts'

const now = Date.UTC(2026, 10, 21, 12)

test('an instant is a day, a time of a day in UTC or with its zone, or how long ago', () => {
  const cases: readonly (readonly [string, number])[] = [
    ['2026-11-20', Date.UTC(2026, 10, 20)],
    ['2026-11-20T09:00', Date.UTC(2026, 10, 20, 9)],
    ['2026-11-20 09:00:30', Date.UTC(2026, 10, 20, 9, 0, 30)],
    ['2026-11-20T09:00:30.250Z', Date.UTC(2026, 10, 20, 9, 0, 30, 250)],
    ['2026-11-20T09:00+02:00', Date.UTC(2026, 10, 20, 7)],
    ['2h', now - 7_200_000],
  ]
  for (const [text, ms] of cases) assert.deepEqual(parseInstant(text, now), { ok: true, value: ms }, text)
})

test('what is no instant is not guessed at', () => {
  for (const text of [
    '',
    'yesterday',
    '09:00',
    '2026-11-31',
    '2026-13-01',
    '2026-11-20T25:00',
    '2026-11-20T9:00',
    '20261120',
  ])
    assert.equal(parseInstant(text, now).ok, false, text)
})
