import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { repository } from './sources.ts'

/** Runs the test runner as `npm test` does, without telling it that it is itself inside a test. */
function runTests(...filters: readonly string[]): {
  readonly status: number | null
  readonly lines: string[]
} {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const runner = join(repository, 'scripts', 'test.mjs')
  const result = spawnSync(process.execPath, [runner, ...filters], { env, encoding: 'utf8' })
  return { status: result.status, lines: result.stdout.trimEnd().split('\n') }
}

test('a run in which no test is executed fails and still counts in its last line', () => {
  const { status, lines } = runTests('no-file-has-this-in-its-path')
  assert.equal(status, 1)
  assert.equal(lines.at(-1), '0 passed, 0 failed')
})

test('a run counts what passed in its last line and succeeds', () => {
  const { status, lines } = runTests('tidy/blank.test.ts')
  assert.equal(status, 0)
  assert.match(lines.at(-1) ?? '', /^[1-9]\d* passed, 0 failed$/)
})
