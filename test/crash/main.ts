/**
 * `node test/crash/main.ts --kills N --seed S [--json]`: one campaign. The last line counts kills,
 * acknowledged answers, calls in doubt and violations; with `--json` it is one JSON object. Exit 1 when
 * anything was violated.
 */
import { parseArgs } from 'node:util'
import { runCampaign } from './campaign.ts'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
})

function count(name: 'kills' | 'seed', least: number): number {
  const number = Number(values[name])
  if (Number.isSafeInteger(number) && number >= least) return number
  process.stderr.write(`crash: --${name} must be an integer of at least ${least}\n`)
  process.exit(2)
}

const began = performance.now()
const options = { kills: count('kills', 1), seed: count('seed', 0) }
const report = await runCampaign({
  ...options,
  onKill: (number, victim) => process.stderr.write(`kill ${number}: ${victim}\n`),
})
const { kills, acknowledged, inDoubt, boots, checkpoints, slowestDeathMs, slowestReturnMs } = report
for (const violation of report.violations.slice(0, 50)) process.stderr.write(`VIOLATION ${violation}\n`)
const victims = [...report.victims].toSorted(([a], [b]) => a.localeCompare(b))
const seconds = Math.round((performance.now() - began) / 1_000)
process.stderr.write(`victims: ${victims.map(([name, times]) => `${name} ${times}`).join(', ')}\n`)
process.stderr.write(`${boots} boots, ${checkpoints} published roots, ${seconds} s; `)
process.stderr.write(`slowest death ${slowestDeathMs} ms, slowest return ${slowestReturnMs} ms\n`)
const violations = report.violations.length
if (values.json) {
  const line = {
    kills,
    acknowledged,
    inDoubt,
    violations,
    boots,
    checkpoints,
    slowestDeathMs,
    slowestReturnMs,
  }
  process.stdout.write(`${JSON.stringify({ ...line, seed: options.seed, seconds })}\n`)
} else {
  process.stdout.write(
    `kills ${kills}, acknowledged ${acknowledged}, in doubt ${inDoubt}, violations ${violations}\n`,
  )
}
process.exitCode = violations > 0 ? 1 : 0
