/**
 * `npm run simulate -- --seeds N [--start S] [--json] [--workers N] [--bug NAME]`. The last line counts seeds,
 * injected faults and violations; with `--json` it is one JSON object. Exit 1 when anything was violated, or
 * when a large campaign never reached something that must happen.
 */
import { parseArgs } from 'node:util'
import type { CampaignReport } from './campaign.ts'
import { runCampaign } from './campaign.ts'
import { bugNames, isBugName } from './planted-bugs.ts'
import { mustHappen } from './sometimes.ts'

/** From this many seeds on, everything that must happen must have happened. */
const largeCampaign = 1_000
const violationsShown = 10

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    start: { type: 'string', default: '0' },
    workers: { type: 'string', default: '2' },
    bug: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})

function count(name: 'seeds' | 'start' | 'workers', least: number): number {
  const number = Number(values[name])
  if (Number.isSafeInteger(number) && number >= least) return number
  process.stderr.write(`simulate: --${name} must be an integer of at least ${least}\n`)
  process.exit(2)
}

function unreached(report: CampaignReport): readonly string[] {
  if (report.seeds < largeCampaign || values.bug !== undefined) return []
  return mustHappen.filter((name) => !report.sometimes.has(name))
}

async function main(): Promise<void> {
  const { bug = null, json } = values
  if (bug !== null && !isBugName(bug)) {
    process.stderr.write(`simulate: --bug must be one of ${bugNames.join(', ')}\n`)
    process.exit(2)
  }
  const [seeds, start, workers] = [count('seeds', 1), count('start', 0), count('workers', 1)]
  const began = performance.now()
  let shown = 0
  let progressAt = 0
  const report = await runCampaign({
    start,
    seeds,
    bug,
    workers: Math.min(workers, seeds),
    stopsAtFirst: bug !== null,
    onViolation(seed, violation) {
      shown += 1
      if (shown > violationsShown) return
      const again = `npm run simulate -- --seeds 1 --start ${seed}${bug === null ? '' : ` --bug ${bug}`}`
      process.stderr.write(`seed ${seed}: ${violation}\n  ${again}\n`)
    },
    onProgress(soFar) {
      if (performance.now() - progressAt < 2e3) return
      progressAt = performance.now()
      process.stderr.write(`${soFar.seeds} of ${seeds} seeds, ${soFar.events} events\n`)
    },
  })
  const perSecond = Math.round(report.seeds / ((performance.now() - began) / 1_000))
  process.stderr.write(`${report.events} events, ${perSecond} seeds per second\n`)
  const missing = unreached(report)
  for (const name of missing) process.stderr.write(`never happened: ${name}\n`)
  const violations = report.violations.length
  const { faults } = report
  if (json) {
    const sometimes = Object.fromEntries(
      [...report.sometimes].sort(([left], [right]) => (left < right ? -1 : 1)),
    )
    const line = {
      seeds: report.seeds,
      faults,
      violations,
      events: report.events,
      unreached: missing,
      sometimes,
    }
    process.stdout.write(`${JSON.stringify(line)}\n`)
  } else process.stdout.write(`seeds ${report.seeds}, faults ${faults}, violations ${violations}\n`)
  process.exitCode = violations > 0 || missing.length > 0 ? 1 : 0
}

await main()
