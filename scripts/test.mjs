/**
 * Runs the tests and says what happened in words. Every file runs in its own process, three at a time: a third of
 * their time is spent waiting, so that two processors are full and a laptop stays usable. Failures are repeated at
 * the end, and the last line is always `N passed, N failed`. A run in which no test was executed is a failure: a
 * suite that silently finds nothing protects nobody.
 *
 * `node scripts/test.mjs [FILTER …]` runs only files whose path contains a filter.
 */
import { globSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { run } from 'node:test'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { ensureServers } from './servers.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
// Most tests are about something else than the boundary: their drivers are held by the rung that starts fastest.
// What is about another rung asks for it.
process.env.CUSTOS_RUNG ??= 'bubblewrap'
// What Node.js makes of our sources is kept for this run: hundreds of processes load the same files. Test files have a
// place of their own, because what they search homes for stands in themselves.
const compiled = mkdtempSync(join(tmpdir(), 'custos-test-code-'))
process.env.NODE_COMPILE_CACHE = join(compiled, 'tests')
process.env.CUSTOS_TEST_HOMES_CODE = join(compiled, 'homes')
mkdirSync(process.env.CUSTOS_TEST_HOMES_CODE)
process.on('exit', () => rmSync(compiled, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }))
const concurrency = 3
/** What burns, floods and forks on purpose, against limits that are kept by watching: last, with nothing beside it. */
const alone = new Set(['test/hostile/boundary/boundary.test.ts'])
const fileLimitMs = 10 * 60_000
const outputLimit = 20_000
const shortLines = 6
const shortLength = 600

/** House rules first: they are quick, and a broken rule explains later failures. */
function testFiles(filters) {
  const found = [
    'test/tidy/**/*.test.ts',
    'src/**/*.test.ts',
    'test/**/*.test.ts',
    'proof/**/*.test.ts',
  ].flatMap((pattern) => globSync(pattern, { cwd: root }).sort())
  const wanted = filters.map((filter) => filter.replace(/^\.\//, ''))
  return [...new Set(found)].filter(
    (file) => wanted.length === 0 || wanted.some((filter) => file.includes(filter)),
  )
}

/** What is known of one file while it runs. */
class FileReport {
  passed = 0
  failed = 0
  skipped = 0
  failures = []
  notes = []
  output = ''
  path = []
  printed = false
  /** Node tells the file itself as a test when it held none. */
  empty = false

  /** A test's name with the suites around it. Suites report after their tests, so names come from starts. */
  nameOf(data) {
    return [...this.path.slice(0, data.nesting), data.name].join(' › ')
  }

  write(text) {
    if (this.output.length < outputLimit) this.output += text
  }

  get count() {
    return this.passed + this.failed + this.skipped
  }
}

function record(report, type, data) {
  if (data.details?.type === 'suite') return recordSuite(report, type, data)
  const isFile = data.nesting === 0 && data.name === data.file
  if (isFile && type === 'test:pass') {
    report.empty = true
    return
  }
  if (data.skip !== undefined || data.todo !== undefined) report.skipped += 1
  else if (type === 'test:pass') report.passed += 1
  else fail(report, isFile ? 'the file itself' : report.nameOf(data), data.details?.error)
}

/** A suite counts only when it broke outside its tests, in a hook or while it was being declared. */
function recordSuite(report, type, data) {
  const error = data.details?.error
  if (type === 'test:fail' && error?.failureType !== 'subtestsFailed')
    fail(report, report.nameOf(data), error)
}

function fail(report, name, error) {
  if (error?.failureType === 'subtestsFailed') return
  report.failed += 1
  report.failures.push({ name, error: error?.cause ?? error })
}

function describe(error) {
  if (typeof error?.stack === 'string')
    return error.stack.replace(/\n\s+at [^\n]*\bnode:internal\b[^\n]*/g, '')
  return typeof error === 'string' ? error : inspect(error, { depth: 6 })
}

function indent(text, by) {
  return text.replace(/^/gm, by)
}

function count(number, noun) {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

function printFile(file, report, durationMs) {
  const verdict = report.failed === 0 ? 'ok  ' : 'FAIL'
  const skipped = report.skipped === 0 ? '' : `, ${report.skipped} skipped`
  console.log(
    `${verdict} ${file}  ${count(report.passed + report.failed, 'test')}${skipped}, ${Math.round(durationMs)} ms`,
  )
  for (const note of report.notes) console.log(`       ${note}`)
  for (const { name, error } of report.failures)
    console.log(`     ✗ ${name}\n${indent(inShort(error), '       ')}`)
}

/** What a log that is cut off at the end should still say. */
function inShort(error) {
  const text = typeof error?.message === 'string' ? error.message : describe(error)
  return text.split('\n').slice(0, shortLines).join('\n').slice(0, shortLength)
}

function printFailures(reports) {
  for (const [file, report] of reports) {
    if (report.failed === 0) continue
    console.log(`\n── ${file}`)
    for (const { name, error } of report.failures)
      console.log(`\n  ✗ ${name}\n${indent(describe(error), '    ')}`)
    if (report.output !== '')
      console.log(`\n  what the file printed:\n${indent(report.output.trimEnd(), '    │ ')}`)
  }
}

const files = testFiles(process.argv.slice(2).filter((argument) => !argument.startsWith('-')))
const reports = new Map()
const reportOf = (path) => {
  const file = relative(root, path)
  if (!reports.has(file)) reports.set(file, new FileReport())
  return reports.get(file)
}

const handlers = {
  'test:start': (data) => {
    const { path } = reportOf(data.file)
    path[data.nesting] = data.name
    path.length = data.nesting + 1
  },
  'test:pass': (data) => record(reportOf(data.file), 'test:pass', data),
  'test:fail': (data) => record(reportOf(data.file), 'test:fail', data),
  'test:diagnostic': (data) => data.file !== undefined && reportOf(data.file).notes.push(data.message),
  'test:stdout': (data) => reportOf(data.file).write(data.message),
  'test:stderr': (data) => reportOf(data.file).write(data.message),
}

/** The house rules need no server; without servers the tests that use them fail and say so. */
if (files.some((file) => !file.startsWith('test/tidy/'))) {
  await ensureServers().catch((error) => process.stderr.write(`custos: ${error.message}\n`))
}

const startedAt = Date.now()
const turns = [files.filter((file) => !alone.has(file)), files.filter((file) => alone.has(file))]
for (const turn of turns) {
  if (turn.length === 0) continue
  const events = run({
    files: turn.map((file) => join(root, file)),
    concurrency,
    timeout: fileLimitMs,
    cwd: root,
  })
  for await (const { type, data } of events) {
    handlers[type]?.(data)
    if (type === 'test:summary' && data.file !== undefined)
      finish(relative(root, data.file), data.duration_ms)
  }
}

/** Prints a file's line once, and turns a file without a single test into a failure. */
function finish(file, durationMs) {
  const report = reportOf(join(root, file))
  if (report.printed) return
  // Tests that a shared suite defines are counted under the suite's own file, so a count of 0 is not proof.
  if (report.empty && report.count === 0) fail(report, 'the file itself', 'it holds no test that ran')
  printFile(file, report, durationMs)
  report.printed = true
}

for (const file of files) finish(file, 0)
printFailures(reports)

const total = (field) => [...reports.values()].reduce((sum, report) => sum + report[field], 0)
const [passed, failed, skipped] = [total('passed'), total('failed'), total('skipped')]
if (passed + failed === 0) console.log('\nno test was executed')
console.log(`\n${count(reports.size, 'file')} in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`)
console.log(`${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
