/**
 * `npm run simulate -- --seeds N [--start S] [--json] [--workers N] [--journal FILE] [--node FILE] [--bug NAME]`. The
 * last line counts seeds, injected faults and violations; with `--json` it is one JSON object. Exit 1 when anything
 * was violated, when a large campaign never reached something that must happen, or when two Nodes disagree.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import type { CampaignReport } from './campaign.ts'
import { hashOf, runCampaign } from './campaign.ts'
import { compareNodes } from './compare-nodes.ts'
import type { Journal } from './journal.ts'
import { codeDigest, openJournal } from './journal.ts'
import { bugNames, isBugName } from './planted-bugs.ts'
import { mustHappen } from './sometimes.ts'

/** From this many seeds on, everything that must happen must have happened. */
const largeCampaign = 1_000
const violationsShown = 10
const progressMs = 10_000

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    start: { type: 'string', default: '0' },
    workers: { type: 'string', default: String(availableParallelism()) },
    journal: { type: 'string' },
    node: { type: 'string' },
    bug: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})

function wrong(message: string): never {
  process.stderr.write(`simulate: ${message}\n`)
  process.exit(2)
}

function count(name: 'seeds' | 'start' | 'workers', least: number): number {
  const number = Number(values[name])
  if (Number.isSafeInteger(number) && number >= least) return number
  return wrong(`--${name} must be an integer of at least ${least}`)
}

function journal(): Journal | null {
  if (values.journal === undefined) return null
  if (values.bug !== undefined) return wrong('--journal keeps no seeds of a planted bug')
  const opened = openJournal(values.journal, codeDigest())
  return opened.ok ? opened.value : wrong(opened.error)
}

/** Tells now and then how far it is, and how long it will take. */
function progressOf(seeds: number, before: number): (report: CampaignReport) => void {
  const began = performance.now()
  let toldAt = began
  return (report) => {
    const now = performance.now()
    if (now - toldAt < progressMs) return
    toldAt = now
    const perSecond = (report.seeds - before) / ((now - began) / 1_000)
    const minutes = Math.ceil((seeds - report.seeds) / perSecond / 60)
    const [found, memory] = [report.violations.length, Math.round(process.memoryUsage().rss / 1_048_576)]
    process.stderr.write(
      `${report.seeds} of ${seeds} seeds, ${report.faults} faults, ${found} violations, ` +
        `${perSecond.toFixed(1)} seeds per second, ${memory} MiB, ${minutes} min left\n`,
    )
  }
}

function tell(report: CampaignReport, json: boolean): void {
  const isLarge = report.seeds >= largeCampaign && values.bug === undefined
  const missing = isLarge ? mustHappen.filter((name) => !report.sometimes.has(name)) : []
  for (const name of missing) process.stderr.write(`never happened: ${name}\n`)
  const { seeds, faults, events, ranges } = report
  const violations = report.violations.length
  const hash = hashOf(ranges)
  if (json) {
    const byName = [...report.sometimes].toSorted(([left], [right]) => (left < right ? -1 : 1))
    const sometimes = Object.fromEntries(byName)
    const whole = { seeds, faults, violations, events, node: process.version, hash, unreached: missing }
    process.stdout.write(`${JSON.stringify({ ...whole, sometimes, found: report.violations, ranges })}\n`)
  } else {
    process.stderr.write(`traces ${hash} on Node ${process.version}\n`)
    process.stdout.write(`seeds ${seeds}, faults ${faults}, violations ${violations}\n`)
  }
  process.exitCode = violations > 0 || missing.length > 0 ? 1 : 0
}

async function main(): Promise<void> {
  const { bug = null, json, node } = values
  if (bug !== null && !isBugName(bug)) return wrong(`--bug must be one of ${bugNames.join(', ')}`)
  const [seeds, start, workers] = [count('seeds', 1), count('start', 0), count('workers', 1)]
  if (node !== undefined) {
    process.exitCode = await compareNodes({ node, seeds, start })
    return
  }
  const kept = journal()
  const before = kept?.done.reduce((sum, range) => sum + range.seeds, 0) ?? 0
  const progress = progressOf(seeds, before)
  const began = performance.now()
  let shown = 0
  const report = await runCampaign({
    start,
    seeds,
    bug,
    workers,
    stopsAtFirst: bug !== null,
    done: kept?.done ?? [],
    onViolation({ seed, violation }) {
      shown += 1
      if (shown > violationsShown) return
      const again = `npm run simulate -- --seeds 1 --start ${seed}${bug === null ? '' : ` --bug ${bug}`}`
      process.stderr.write(`seed ${seed}: ${violation}\n  ${again}\n`)
    },
    onRange(range, soFar) {
      kept?.add(range)
      progress(soFar)
    },
  })
  const perSecond = (report.seeds - before) / ((performance.now() - began) / 1_000)
  process.stderr.write(`${report.events} events, ${perSecond.toFixed(1)} seeds per second\n`)
  tell(report, json)
}

await main()
