/**
 * However capabilities are kept, and whether anything is remembered of them, the kernel records the same.
 * `node test/model/main.ts --histories 100000` lives through many more.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Counts } from './histories.ts'
import { liveThrough } from './histories.ts'

test('a typed table with and without its memo and a plain map record the same and have the same root', () => {
  const counts: Counts = {}
  for (let seed = 0; seed < 1_000; seed++) liveThrough(seed, 60, counts)
  const reached = [
    'capability.derived',
    'capability.moved',
    'capability.narrowed',
    'capability.revoked',
    'call.admitted',
    'call.approved',
    'call.settled',
    'process.killed',
    'revoked',
    'expired',
    'exhausted',
    'rate-limited',
  ]
  for (const what of reached) assert.ok((counts[what] ?? 0) > 20, `${what} was reached: ${counts[what]}`)
})

test('so they do over long histories, in which tables overflow and runs are emptied', () => {
  const counts: Counts = {}
  for (const seed of [1, 2, 3]) liveThrough(seed, 3_000, counts)
  assert.ok((counts['sweeping'] ?? 0) > 0, 'a sweep took more than one event')
})
