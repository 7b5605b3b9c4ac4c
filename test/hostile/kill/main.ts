/**
 * `node test/hostile/kill/main.ts [--rounds N] [--rung NAME] [--processes N] [--sandboxes N] [--limit N] [--json]`:
 * the kill campaign. The last line tells how long it took until nothing was left, with `--json` as one JSON
 * object. Exit 1 when anything survived or the ledger disagrees.
 */
import { parseArgs } from 'node:util'
import { runKillCampaign } from './campaign.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    rung: { type: 'string', default: 'bubblewrap' },
    processes: { type: 'string', default: '50' },
    sandboxes: { type: 'string', default: '10' },
    limit: { type: 'string', default: '8' },
    json: { type: 'boolean', default: false },
  },
})

function count(name: 'rounds' | 'processes' | 'sandboxes' | 'limit'): number {
  const number = Number(values[name])
  if (Number.isSafeInteger(number) && number >= 1) return number
  process.stderr.write(`kill: --${name} must be an integer of at least 1\n`)
  process.exit(2)
}

const rounds = await runKillCampaign({
  rounds: count('rounds'),
  rung: values.rung,
  processes: count('processes'),
  sandboxes: count('sandboxes'),
  limit: count('limit'),
  onRound: ({ alive, standing, goneMs, answeredMs, violations }) => {
    process.stderr.write(
      `${alive} in ${standing} sandboxes gone in ${goneMs.toFixed(1)} ms, answered in ${answeredMs.toFixed(1)} ms\n`,
    )
    for (const violation of violations) process.stderr.write(`VIOLATION ${violation}\n`)
  },
})

const times = rounds.map(({ goneMs }) => goneMs).toSorted((a, b) => a - b)
const quantile = (share: number): number =>
  times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
const alive = rounds.map((round) => round.alive)
const report = {
  rung: values.rung,
  rounds: rounds.length,
  sandboxesFewest: Math.min(...rounds.map(({ standing }) => standing)),
  aliveFewest: Math.min(...alive),
  aliveMost: Math.max(...alive),
  p50Ms: Math.round(quantile(0.5)),
  p99Ms: Math.round(quantile(0.99)),
  violations: rounds.flatMap(({ violations }) => violations).length,
}
process.stdout.write(
  values.json
    ? `${JSON.stringify(report)}\n`
    : `${report.aliveFewest} to ${report.aliveMost} processes in ${report.sandboxesFewest} sandboxes or more: gone in ${report.p50Ms} ms p50, ${report.p99Ms} ms p99 of ${report.rounds}, violations ${report.violations}\n`,
)
process.exitCode = report.violations > 0 ? 1 : 0
