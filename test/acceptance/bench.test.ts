/** The benchmarks as a program: that they run, and that what they print is what other programs rely on. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { parseOptions } from '../../bench/options.ts'
import { runContest } from '../../bench/measure/rounds.ts'
import { median, quantile } from '../../bench/measure/statistics.ts'

const entry = fileURLToPath(new URL('../../bench/main.ts', import.meta.url))
const promised = ['name', 'unit', 'median', 'p99', 'reference', 'ratio', 'bar', 'holds']

test('every suite runs and prints one complete object a line', { timeout: 570_000 }, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    entry,
    '--json',
    '--rounds',
    '1',
    '--slice',
    '10',
    '--offline',
  ])
  const rows = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly [name: string]: string | number | boolean | null })
  assert.deepEqual(
    [...new Set(rows.map((row) => row['suite']))],
    ['kernel', 'authority', 'fairness', 'ledger', 'wire', 'mcp', 'sandbox', 'halt'],
  )
  const keys = rows.map((row) => `${String(row['name'])} ÷ ${String(row['reference'])}`)
  assert.equal(new Set(keys).size, rows.length, 'a name and its reference stand once')
  for (const row of rows) {
    for (const name of promised) assert.ok(name in row, `${name} of ${String(row['name'])}`)
    assert.ok(Number(row['median']) > 0, String(row['name']))
    assert.equal(row['ratio'] === null, row['reference'] === null, 'a ratio says to what')
  }
})

test('ratios are formed within a round, so a machine that slows down does not change them', async () => {
  let round = 0
  const subject = (name: string, factor: number) => ({
    name,
    slice: () => Promise.resolve({ perSecond: factor / (1 + round++), p50Us: null, p99Us: null }),
  })
  const rows = await runContest(
    { title: 'x', unit: 'things', ours: [subject('ours', 300)], references: [subject('theirs', 100)] },
    3,
  )
  assert.deepEqual(
    rows.map(({ name, reference }) => [name, reference]),
    [
      ['ours, x: things per second', 'theirs'],
      ['theirs, x: things per second', null],
    ],
  )
  assert.ok(rows[0]?.ratioLow !== null && (rows[0]?.ratioLow ?? 0) > 3)
  assert.ok(rows[0]?.ratioHigh !== null && (rows[0]?.ratioHigh ?? 9) < 4.5)
})

test('a promise is kept or not by its ratio, and without a reference by the number itself', async () => {
  const subject = (name: string, p50Us: number) => ({
    name,
    slice: () => Promise.resolve({ perSecond: null, p50Us, p99Us: p50Us }),
  })
  const rows = await runContest(
    {
      title: 'x',
      unit: 'things',
      ours: [subject('ours', 300)],
      references: [subject('theirs', 100)],
      bars: [
        { subject: 'ours', reference: 'theirs', of: 'latency', bar: 2 },
        { subject: 'ours', reference: null, of: 'latency', bar: 300 },
      ],
      mostRounds: 1,
    },
    3,
  )
  assert.deepEqual(
    rows.map(({ reference, ratio, bar, holds }) => [reference, ratio, bar, holds]),
    [
      [null, null, 300, true],
      ['theirs', 3, 2, false],
      [null, null, null, null],
    ],
  )
})

test('medians and quantiles are those of the values', () => {
  assert.equal(median([3, 1, 2]), 2)
  assert.equal(median([4, 1, 2, 3]), 2.5)
  assert.equal(quantile([5, 1, 4, 2, 3], 0.99), 5)
  assert.equal(quantile([5, 1, 4, 2, 3], 0.5), 3)
  assert.ok(Number.isNaN(median([])))
})

test('an unknown suite and an impossible number are named', () => {
  assert.throws(
    () => parseOptions(['--only', 'nothing'], ['kernel']),
    /there is no suite "nothing"; suites: kernel/,
  )
  assert.throws(() => parseOptions(['--rounds', '0'], ['kernel']), /--rounds takes a whole number from 1/)
  assert.deepEqual(parseOptions(['--only', 'kernel', '--json'], ['kernel']).only, ['kernel'])
})
