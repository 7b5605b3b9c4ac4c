/**
 * `node test/crash/sweep/main.ts [--json] [--planted NAME]`: every fault at every operation of every scenario.
 * Exit 1 when anything acknowledged was lost or anything else was wrong. With a planted fault, of
 * the one scenario that finds it.
 */
import { parseArgs } from 'node:util'
import { isPlanted, plant, plantedNames, scenarioOf } from './planted.ts'

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, planted: { type: 'string' } },
})
let only: string | undefined
if (values.planted !== undefined) {
  if (!isPlanted(values.planted)) {
    process.stderr.write(`sweep: --planted must be one of ${plantedNames.join(', ')}\n`)
    process.exit(2)
  }
  plant(values.planted)
  only = scenarioOf(values.planted)
}
// Loaded only now, so that what is planted is in it.
const { faultKinds } = await import('./fault-disk.ts')
const { scenarios } = await import('./scenarios.ts')
const { sweep } = await import('./sweep.ts')
const began = performance.now()
let [operations, cases, acknowledged, violations] = [0, 0, 0, 0]
for (const scenario of scenarios.filter(({ name }) => only === undefined || name === only)) {
  // oxlint-disable-next-line no-await-in-loop -- one after another, so that the output can be followed
  const report = await sweep(scenario)
  operations += report.operations
  cases += report.cases
  acknowledged += report.acknowledged
  violations += report.violations.length
  process.stderr.write(`${scenario.name}: ${report.operations} operations, ${report.cases} cases\n`)
  for (const violation of report.violations.slice(0, 20)) process.stderr.write(`VIOLATION ${violation}\n`)
}
const seconds = Math.round((performance.now() - began) / 1_000)
const sums = {
  scenarios: scenarios.length,
  kinds: faultKinds.length,
  operations,
  cases,
  acknowledged,
  violations,
  seconds,
}
process.stdout.write(
  values.json
    ? `${JSON.stringify(sums)}\n`
    : `${Object.entries(sums)
        .map(([name, sum]) => `${name} ${sum}`)
        .join(', ')}\n`,
)
process.exitCode = violations > 0 ? 1 : 0
