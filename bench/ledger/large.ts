/**
 * `node bench/ledger/large.ts`: what a domain costs that has recorded ten million events. Makes the ledger first, which
 * takes minutes and gigabytes, so it is no part of `npm run bench`. Progress goes to standard error, results to
 * standard output.
 */
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Contest } from '../measure/contest.ts'
import { runContest } from '../measure/rounds.ts'
import { jsonLine, table } from '../measure/row.ts'
import type { Row } from '../measure/row.ts'
import { growthRounds, openGrowth, runStep, stepContests } from './large-contests.ts'
import type { LedgerHome } from './large-contests.ts'
import { queryContests } from './query-contest.ts'

const usage = `usage: node bench/ledger/large.ts [options]

  --events N     events of the large ledger (default 10000000)
  --folder DIR   where it is made, or used if an earlier run kept it there (default: a temporary folder)
  --rounds N     measured rounds of what takes long (default 3); of calls five times as many
  --slice MS     how long one round of calls lasts (default 300)
  --make-only    make the ledger, leave it there and stop
  --keep         leave it there
  --json         one JSON object a line instead of a table
  --help         this text
`

const suite = 'ledger, large'
const fewEvents = 10_000
const removing = { recursive: true, force: true }

interface Options {
  readonly events: number
  readonly folder: string
  readonly rounds: number
  readonly sliceMs: number
  readonly makeOnly: boolean
  readonly keep: boolean
  readonly json: boolean
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      events: { type: 'string', default: '10000000' },
      folder: { type: 'string' },
      rounds: { type: 'string', default: '3' },
      slice: { type: 'string', default: '300' },
      'make-only': { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(usage)
    process.exit(0)
  }
  const keep = values.keep || values['make-only']
  return {
    events: whole(values.events, 'events', 20_000_000),
    folder: values.folder ?? temporary(keep),
    rounds: whole(values.rounds, 'rounds', 100),
    sliceMs: whole(values.slice, 'slice', 60_000),
    makeOnly: values['make-only'],
    keep,
    json: values.json,
  }
}

function temporary(keep: boolean): string {
  const path = mkdtempSync(join(tmpdir(), 'custos-large-'))
  if (!keep) process.once('exit', () => rmSync(path, removing))
  return path
}

function whole(text: string, name: string, most: number): number {
  const value = /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (value >= 1 && value <= most) return value
  throw new RangeError(`--${name} takes a whole number from 1 to ${most}`)
}

/** The home of that many events, made if it is not there. What was made goes away again unless it is kept. */
async function homeOf({ folder, keep }: Options, events: number): Promise<LedgerHome> {
  const path = join(folder, `custos-large-${events}`)
  let remove = (): void => undefined
  if (!existsSync(path)) {
    const unfinished = `${path}.unfinished`
    remove = () => [unfinished, ...(keep ? [] : [path])].forEach((made) => rmSync(made, removing))
    remove()
    process.once('exit', remove)
    const { tookMs, events: made } = await runStep('make', unfinished, String(events))
    renameSync(unfinished, path)
    process.stderr.write(`bench: made ${made} events in ${Math.round(tookMs / 1000)} s: ${path}\n`)
  }
  return { path, name: `${events.toLocaleString('en')} events`, remove }
}

/** Measures one contest after the other. JSON is printed as it comes, a table when everything is there. */
class Measuring {
  readonly #json: boolean
  readonly #rows: Row[] = []

  constructor(json: boolean) {
    this.#json = json
  }

  async run(contest: Contest, rounds: number): Promise<void> {
    const what = contest.measure?.name ?? (contest.unit === '' ? 'latency' : contest.unit)
    process.stderr.write(`bench: ${contest.title}: ${what}\n`)
    const rows = await runContest(contest, rounds)
    for (const row of rows) if (this.#json) process.stdout.write(`${jsonLine(suite, row)}\n`)
    this.#rows.push(...rows)
  }

  end(): void {
    if (!this.#json) process.stdout.write(`${table(suite, this.#rows)}\n`)
  }
}

async function main(options: Options): Promise<void> {
  const { events, rounds, sliceMs, makeOnly, json } = options
  const large = await homeOf(options, events)
  const small = await homeOf(options, fewEvents)
  if (makeOnly) return
  const measuring = new Measuring(json)
  for (const contest of stepContests(large, small)) await measuring.run(contest, rounds)
  for (const contest of queryContests(large, small, sliceMs)) await measuring.run(contest, rounds)
  // The next ledger takes as much space as this one.
  large.remove()
  const growth = await openGrowth(events, sliceMs)
  await measuring.run(growth.contest, rounds * growthRounds)
  await growth.close()
  measuring.end()
}

process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))
await main(readOptions())
process.exit(0)
