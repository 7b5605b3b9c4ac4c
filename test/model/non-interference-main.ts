/** `node test/model/non-interference-main.ts [--seeds N] [--start S]`: pairs of lives; the last line counts. */
import { parseArgs } from 'node:util'
import { firstDifference } from './non-interference.ts'

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '10000' }, start: { type: 'string', default: '0' } },
})
const [seeds, start] = [Number(values.seeds), Number(values.start)]
if (!Number.isSafeInteger(seeds) || seeds < 1 || !Number.isSafeInteger(start) || start < 0) {
  process.stderr.write('non-interference: --seeds and --start must be integers\n')
  process.exit(2)
}
let differences = 0
for (let seed = start; seed < start + seeds; seed += 1) {
  const difference = firstDifference(seed)
  if (difference === null) continue
  differences += 1
  process.stderr.write(`seed ${seed}: ${difference}\n`)
}
process.stdout.write(`seeds ${seeds}, differences ${differences}\n`)
process.exitCode = differences > 0 ? 1 : 0
