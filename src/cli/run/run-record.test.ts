/** What is kept of a run, read back and distrusted. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { isName } from '../../kernel/sovereign/parse-order.ts'
import { closeAbandoned } from './run-end.ts'
import type { RunRecord } from './run-record.ts'
import {
  isHeld,
  listRunRecords,
  makeRunFolder,
  readRunRecord,
  runFolder,
  writePrivate,
  writeRunRecord,
} from './run-record.ts'

function inHome(body: (home: string) => void): void {
  const home = mkdtempSync(join(tmpdir(), 'custos-runs-'))
  try {
    body(home)
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

function recordOf(run: string, more: Partial<RunRecord> = {}): RunRecord {
  const made = { run, folder: '/work', store: '/h/store', agent: 'run', process: 7, command: ['true'] }
  return { ...made, startedAt: 5, endedAt: 6, status: 0, rung: 'bubblewrap', holder: process.pid, ...more }
}

test('a run has a private folder of its own under a name that the kernel takes', () => {
  inHome((home) => {
    const [one, other] = [makeRunFolder(home), makeRunFolder(home)]
    assert.notEqual(one.run, other.run)
    assert.ok(isName(one.run))
    assert.equal(statSync(one.folder).mode & 0o777, 0o700)
    assert.equal(statSync(join(home, 'runs')).mode & 0o777, 0o700)
    writePrivate(one.token, 'secret\n')
    assert.equal(statSync(one.token).mode & 0o777, 0o600)
  })
})

test('records come back as they were written, oldest first', () => {
  inHome((home) => {
    const [one, other] = [makeRunFolder(home), makeRunFolder(home)]
    writeRunRecord(one, recordOf(one.run, { startedAt: 9 }))
    writeRunRecord(other, recordOf(other.run, { startedAt: 4, status: null, endedAt: null }))
    assert.deepEqual(
      listRunRecords(home).map(({ run }) => run),
      [other.run, one.run],
    )
    assert.deepEqual(readRunRecord(home, one.run), recordOf(one.run, { startedAt: 9 }))
  })
})

test('a record that is none, is of another run or has a path for a name is not read', () => {
  inHome((home) => {
    const wrong = [
      '',
      '{}',
      '[]',
      '{"run":"abc"}',
      JSON.stringify(recordOf('other')),
      '{"run":"abc","run":"abc"}',
    ]
    const typed = JSON.stringify({ ...recordOf('abc'), process: 'seven' })
    mkdirSync(runFolder(home, 'abc').folder, { recursive: true })
    for (const text of [...wrong, typed]) {
      writeFileSync(runFolder(home, 'abc').record, text)
      assert.equal(readRunRecord(home, 'abc'), null, text)
    }
    for (const name of ['../abc', '', 'a/b', '.', 'A']) assert.equal(readRunRecord(home, name), null)
  })
})

test('a run whose holder died is said to be over, and one that is held is left alone', () => {
  inHome((home) => {
    const [dead, live] = [makeRunFolder(home), makeRunFolder(home)]
    writeRunRecord(dead, recordOf(dead.run, { endedAt: null, holder: 2 ** 22 + 1 }))
    writeRunRecord(live, recordOf(live.run, { endedAt: null }))
    assert.ok(isHeld(recordOf('abc', { endedAt: null })))
    assert.deepEqual(
      new Map(closeAbandoned(home, 99).map(({ run, endedAt }) => [run, endedAt])),
      new Map([
        [dead.run, 99],
        [live.run, null],
      ]),
    )
    assert.equal(readRunRecord(home, dead.run)?.endedAt, 99)
    assert.equal(readRunRecord(home, live.run)?.endedAt, null)
  })
})
