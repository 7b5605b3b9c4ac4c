/**
 * `node test/hostile/driver-faults/main.ts [--faults N] [--rounds N] [--turns N] [--restarts N] [--seed S] [--json]`:
 * driver faults beside well-behaved agents, then real hostile programs and restarts. The last line counts, with
 * `--json` as one JSON object. Exit 1 when the kernel stopped, an honest call went without its answer, or a bar
 * was missed.
 */
import { parseArgs } from 'node:util'
import type { FaultReport } from './campaign.ts'
import { runDriverFaults } from './campaign.ts'
import type { RealReport } from './real-drivers.ts'
import { runRealDrivers } from './real-drivers.ts'

const leastRate = 0.9
const longestRestartMs = 500
/** Of each quiet time and each time of faults. */
const turnMs = 400

const { values } = parseArgs({
  options: {
    faults: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '15' },
    turns: { type: 'string', default: '12' },
    restarts: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
})

function count(name: 'faults' | 'rounds' | 'turns' | 'restarts' | 'seed'): number {
  const number = Number(values[name])
  if (Number.isSafeInteger(number) && number >= 1) return number
  process.stderr.write(`driver faults: --${name} must be an integer of at least 1\n`)
  process.exit(2)
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

function summary(faulty: FaultReport, real: RealReport) {
  const quiet = median(faulty.rounds.map(({ quietRate }) => quietRate))
  // Each round is compared with itself: from one to the next the machine may be as different as it likes.
  const share = median(faulty.rounds.map(({ quietRate, faultyRate }) => faultyRate / quietRate))
  return {
    faults: Object.values(faulty.faults).reduce((sum, each) => sum + each, real.faults),
    ...faulty.faults,
    kernelCrashes: faulty.kernelCrashes,
    quietCallsPerSecond: Math.round(quiet),
    rateShare: Math.round(share * 1_000) / 1_000,
    restarts: real.restartsMs.length,
    restartP50Ms: Math.round(median(real.restartsMs)),
    restartMostMs: Math.round(Math.max(...real.restartsMs)),
  }
}

const faulty = await runDriverFaults({
  faults: count('faults'),
  rounds: count('rounds'),
  turns: count('turns'),
  turnMs,
  seed: count('seed'),
  onRound: ({ quietRate, faultyRate, faults }) => {
    const rates = `${Math.round(quietRate)} calls a second, ${Math.round(faultyRate)} beside faults`
    process.stderr.write(`${rates}: ${JSON.stringify(faults)}\n`)
  },
})
const real = await runRealDrivers({ restarts: count('restarts') })
process.stderr.write(`restarts: ${real.restartsMs.map(Math.round).join(' ')} ms\n`)
const report = summary(faulty, real)
const violations = [...faulty.violations, ...real.violations]
if (report.rateShare < leastRate) violations.push(`others were served at ${report.rateShare} of their rate`)
if (report.restartP50Ms > longestRestartMs) violations.push(`a restart took ${report.restartP50Ms} ms`)
for (const violation of violations) process.stderr.write(`VIOLATION ${violation}\n`)
const line = { ...report, violations: violations.length }
const words = Object.entries(line).map(([name, value]) => `${name} ${value}`)
process.stdout.write(`${values.json ? JSON.stringify(line) : words.join(', ')}\n`)
process.exitCode = violations.length > 0 ? 1 : 0
