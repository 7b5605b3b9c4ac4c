/** The text that the ledger keeps of a run, and the journal beside it. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { sha256Hex } from '../../base/hash.ts'
import { mostAgentLimits } from './agent-limits.ts'
import type { JournalLine } from './journal-line.ts'
import { readJournal, writeLine } from './journal-line.ts'
import { beginJournal, journalFile, keepProgram, programFile } from './journal.ts'
import {
  endReason,
  parseRecordingText,
  planRecording,
  recordingText,
  sealedDigest,
  syscallOf,
  traceOf,
} from './recording.ts'

const plan = {
  run: 'r1',
  source: Buffer.from('export default 1'),
  seed: '0123456789abcdef0123456789abcdef',
  startedAt: 1_700_000_000_000,
}

test('a run is one text below 1,024 characters that reads back as itself', () => {
  const recording = planRecording({
    ...plan,
    run: 'r'.repeat(64),
    limits: mostAgentLimits,
    startedAt: Number.MAX_SAFE_INTEGER,
    boundary: '"'.repeat(500),
  })
  assert.ok(recording !== null)
  const text = recordingText(recording)
  assert.ok(text.length <= 1_024, String(text.length))
  assert.deepEqual(parseRecordingText(text), recording)
})

test('what is no run is not recorded as one, and not read as one', () => {
  const fit = planRecording(plan)
  assert.ok(fit !== null)
  const flaws = [
    { run: '../up' },
    { run: '' },
    { run: '.hidden' },
    { seed: 'short' },
    { seed: plan.seed.toUpperCase() },
    { startedAt: -1 },
    { limits: { ...fit.limits, fuel: 0 } },
    { limits: { ...fit.limits, memoryMiB: 1e6 } },
  ]
  for (const flaw of flaws) {
    assert.equal(planRecording({ ...plan, ...flaw }), null, JSON.stringify(flaw))
    assert.equal(parseRecordingText(`quickjs ${JSON.stringify({ ...fit, ...flaw })}`), null)
  }
  for (const text of ['', 'bubblewrap abc', 'quickjs ', 'quickjs {}', 'quickjs []'])
    assert.equal(parseRecordingText(text), null, text)
})

test('a trace tells the number of a syscall to whoever knows the run', () => {
  const recording = planRecording(plan)
  const other = planRecording({ ...plan, run: 'r2' })
  assert.ok(recording !== null && other !== null)
  const trace = traceOf(recording, 258)
  assert.match(trace, /^00-[0-9a-f]{32}-0000000000000102-01$/u)
  assert.deepEqual([syscallOf(recording, trace), syscallOf(other, trace)], [258, null])
  assert.equal(syscallOf(recording, undefined), null)
})

test('the digest of a journal is what the end of its process says', () => {
  const folder = mkdtempSync(join(tmpdir(), 'custos-journal-'))
  try {
    keepProgram(folder, plan.source)
    assert.deepEqual(readFileSync(programFile(folder, sha256Hex(plan.source))), plan.source)
    writeFileSync(programFile(folder, sha256Hex(plan.source)), 'changed')
    keepProgram(folder, plan.source)
    assert.deepEqual(readFileSync(programFile(folder, sha256Hex(plan.source))), plan.source)
    const journal = beginJournal(join(folder, 'run'))
    for (const line of lines) journal.write(line)
    const digest = journal.close()
    const written = readFileSync(journalFile(join(folder, 'run')))
    assert.equal(sealedDigest(endReason('finished', digest)), sha256Hex(written))
    assert.deepEqual(read(written.toString()), { lines, isWhole: true })
    assert.throws(() => beginJournal(join(folder, 'run')), /EEXIST/u)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  assert.equal(sealedDigest('exited with 0'), null)
})

test('a journal that was cut or changed is read as far as it is one', () => {
  const whole = lines.map(writeLine).join('')
  assert.deepEqual(read(whole.slice(0, -3)), { lines: lines.slice(0, -1), isWhole: false })
  for (const bad of ['{}', '[]', '{"line":"call","n":1}', '{"line":"answer","n":"1","now":1,"seq":0}', 'x'])
    assert.deepEqual(read(`${writeLine(lines[0] as JournalLine)}${bad}\n`), {
      lines: lines.slice(0, 1),
      isWhole: false,
    })
})

/** What is read, as plain objects. */
function read(text: string): unknown {
  return JSON.parse(JSON.stringify(readJournal(text)))
}

const refusal = { code: 'not-held', message: 'No.', needed: 'A grant.' }
const lines: readonly JournalLine[] = [
  { line: 'head', process: 7, text: 'quickjs' },
  { line: 'call', n: 1, driver: 'notes', selector: 'tools/echo', args: 'ab' },
  { line: 'capabilities', n: 2 },
  { line: 'answer', n: 2, now: 5, seq: 0, capabilities: [{ name: 'notes' }] },
  { line: 'answer', n: 1, now: 6, seq: 40, refusal },
  { line: 'end', how: 'finished', fuel: 1, issued: 2, answered: 2, text: 'ab', logs: 'cd' },
]
