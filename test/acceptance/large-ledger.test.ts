/** The measurement of large ledgers as a program, over a ledger that is not large. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const entry = fileURLToPath(new URL('../../bench/ledger/large.ts', import.meta.url))
const run = promisify(execFile)

test(
  'a ledger is made, verified, booted and grown, and nothing of it stays',
  { timeout: 300_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'custos-large-test-'))
    try {
      const sizes = ['--events', '20000', '--rounds', '1', '--slice', '10']
      const { stdout } = await run(process.execPath, [entry, ...sizes, '--folder', folder, '--json'], {
        env: { ...process.env, TMPDIR: folder },
      })
      const rows = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { readonly [name: string]: unknown })
      const promised = rows.filter(({ bar }) => bar !== null).map(({ name }) => String(name).split(', ')[1])
      assert.deepEqual(promised, [
        'boot of a new process: time',
        'full verify: time',
        'positions of the last 100 of a process: latency',
        '64 in flight: calls per second',
      ])
      for (const row of rows) assert.ok(Number(row['median']) > 0, String(row['name']))
      assert.deepEqual(readdirSync(folder), [])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
)

test('sizes beyond what is meant are refused before anything is made', async () => {
  const refused = run(process.execPath, [entry, '--events', '30000000'])
  await assert.rejects(refused, /--events takes a whole number from 1 to 20000000/)
})
