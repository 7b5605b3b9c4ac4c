/**
 * `node test/rot/main.ts [--seed S] [--chunks N] [--step N] [--part I/N] [--planted NAME] [--json]`: every single
 * bit of a 64 KiB segment, its checkpoints and its head record, and N larger mishaps. `--step` takes only each
 * N-th bit; `--part` takes one of N equal parts of the bits, so that several can run beside each other. Exit 1
 * when anything was not found, or a ledger became shorter, or a mirror did not give back what it held.
 */
import { parseArgs } from 'node:util'
import { isPlanted, plant, plantedNames } from '../crash/sweep/planted.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    chunks: { type: 'string', default: '10000' },
    step: { type: 'string', default: '1' },
    part: { type: 'string', default: '0/1' },
    planted: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})
const [part = 0, parts = 1] = values.part.split('/').map(Number)
const [seed, chunks, step] = [Number(values.seed), Number(values.chunks), Number(values.step)]
if (![part, parts, seed, chunks, step].every(Number.isSafeInteger) || step < 1 || parts < 1) {
  process.stderr.write('rot: --seed, --chunks, --step and both numbers of --part are whole numbers\n')
  process.exit(2)
}
if (values.planted !== undefined) {
  if (!isPlanted(values.planted)) {
    process.stderr.write(`rot: --planted must be one of ${plantedNames.join(', ')}\n`)
    process.exit(2)
  }
  plant(values.planted)
}
// Loaded only now, so that what is planted is in it.
const { flipBits, shuffleChunks } = await import('./campaign.ts')
const { firstBitAfter, rotSamples } = await import('./samples.ts')

const began = performance.now()
const samples = await rotSamples()
const sums = { flips: 0, chunks: 0, refused: 0, violations: 0 }
const bits = { from: part * step, step: step * parts }
const note = (what: string, report: Awaited<ReturnType<typeof flipBits>>): number => {
  sums.refused += report.refused
  sums.violations += report.violations.length
  process.stderr.write(`${what}: ${report.cases} cases, ${report.refused} refused\n`)
  for (const violation of report.violations.slice(0, 20)) process.stderr.write(`VIOLATION ${violation}\n`)
  return report.cases
}
sums.flips += note('sealed segment', await flipBits(samples.sealed, 'main', '00000001.seg', bits))
// Before the last checkpoint nothing is different from the sealed one.
const last = { ...bits, from: bits.from + firstBitAfter(samples.unsealed) }
sums.flips += note('unsealed end', await flipBits(samples.unsealed, 'main', '00000001.seg', last))
sums.flips += note('checkpoints', await flipBits(samples.sealed, 'main', 'checkpoints', bits))
sums.flips += note('head record', await flipBits(samples.sealed, 'head', 'head', bits))
const ownChunks = Math.ceil(chunks / parts)
sums.chunks += note('chunks', await shuffleChunks(samples.segments, seed + part * ownChunks * 4, ownChunks))
const seconds = Math.round((performance.now() - began) / 1_000)
const line = { ...sums, seed, part: values.part, seconds }
process.stdout.write(
  values.json
    ? `${JSON.stringify(line)}\n`
    : `flips ${sums.flips}, chunks ${sums.chunks}, refused ${sums.refused}, violations ${sums.violations}, ${seconds} s\n`,
)
process.exitCode = sums.violations > 0 ? 1 : 0
