/**
 * `npm run bench`: every number that is published about speed, measured now, beside its reference. Progress goes
 * to standard error, results to standard output.
 */
import { availableParallelism, cpus } from 'node:os'
import { authoritySuite } from './authority/authority-suite.ts'
import { fairnessSuite } from './fairness/fairness-suite.ts'
import { haltSuite } from './halt/halt-suite.ts'
import { kernelSuite } from './kernel/kernel-suite.ts'
import { ledgerSuite } from './ledger/ledger-suite.ts'
import { mcpSuite } from './mcp/mcp-suite.ts'
import type { Suite } from './measure/contest.ts'
import { runContest } from './measure/rounds.ts'
import type { Row } from './measure/row.ts'
import { jsonLine, table } from './measure/row.ts'
import type { Options } from './options.ts'
import { parseOptions, usage } from './options.ts'
import { sandboxSuite } from './sandbox/sandbox-suite.ts'
import { wireSuite } from './wire/wire-suite.ts'

const suites: readonly Suite[] = [
  kernelSuite,
  authoritySuite,
  fairnessSuite,
  ledgerSuite,
  wireSuite,
  mcpSuite,
  sandboxSuite,
  haltSuite,
]

function note(text: string): void {
  process.stderr.write(`${text}\n`)
}

function readOptions(): Options {
  try {
    return parseOptions(
      process.argv.slice(2),
      suites.map(({ name }) => name),
    )
  } catch (error) {
    note(`bench: ${(error as Error).message}`)
    note(usage)
    process.exit(2)
  }
}

async function runSuite(suite: Suite, { rounds, sliceMs, isOnline }: Options): Promise<readonly Row[]> {
  const opened = await suite.open(sliceMs, isOnline)
  const rows: Row[] = []
  try {
    for (const contest of opened.contests) {
      note(`bench: ${suite.name}: ${contest.title} (${contest.unit})`)
      rows.push(...(await runContest(contest, rounds)))
    }
  } finally {
    await opened.close()
  }
  return rows
}

async function main(options: Options): Promise<void> {
  const startedAt = performance.now()
  note(`bench: Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown'}`)
  for (const suite of suites) {
    if (options.only.length > 0 && !options.only.includes(suite.name)) continue
    const rows = await runSuite(suite, options)
    const lines = options.json ? rows.map((row) => jsonLine(suite.name, row)) : [table(suite.name, rows), '']
    process.stdout.write(`${lines.join('\n')}\n`)
  }
  note(
    `bench: ${Math.round((performance.now() - startedAt) / 1000)} s; each number is a median of ${options.rounds} rounds`,
  )
}

// An interrupt ends the process in good order, so that nothing stays behind.
process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))
// Drivers are held by the same rung wherever this runs, so that numbers of machines can be compared.
process.env['CUSTOS_RUNG'] ??= 'bubblewrap'
const options = readOptions()
if (options.help) process.stdout.write(usage)
else await main(options)
// An opened domain keeps its writer lock until the process ends.
process.exit(0)
