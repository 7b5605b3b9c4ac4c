/** `node test/model/main.ts [--histories N] [--start S] [--length L]`: lives through histories; the last line counts. */
import { parseArgs } from 'node:util'
import type { Counts } from './histories.ts'
import { liveThrough } from './histories.ts'

const { values } = parseArgs({
  options: {
    histories: { type: 'string', default: '1000' },
    start: { type: 'string', default: '0' },
    length: { type: 'string', default: '60' },
  },
})

function count(name: 'histories' | 'start' | 'length', least: number): number {
  const number = Number(values[name])
  if (Number.isSafeInteger(number) && number >= least) return number
  process.stderr.write(`histories: --${name} must be an integer of at least ${least}\n`)
  process.exit(2)
}

const [histories, start, length] = [count('histories', 1), count('start', 0), count('length', 1)]
const counts: Counts = {}
for (let seed = start; seed < start + histories; seed++) liveThrough(seed, length, counts)
const happened = Object.entries(counts).toSorted(([, a], [, b]) => b - a)
process.stdout.write(`${happened.map(([what, times]) => `${what} ${times}`).join(', ')}\n`)
process.stdout.write(`${histories} histories of ${length} steps, 0 differences\n`)
