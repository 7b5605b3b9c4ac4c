/** `node test/hostile/quickjs/replay.ts [--runs N] [--seed N] [--lanes N]`: the replay campaign as a program. */
import { parseArgs } from 'node:util'
import { replayCampaign } from './campaign.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    lanes: { type: 'string', default: '2' },
  },
})
const plan = { runs: Number(values.runs), seed: Number(values.seed), lanes: Number(values.lanes) }
const progress = (line: string): void => void process.stderr.write(`${line}\n`)
const { problems, ...findings } = await replayCampaign({ ...plan, progress })
process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`)
for (const problem of problems.slice(0, 20)) process.stderr.write(`${problem}\n`)
const isWell = problems.length === 0 && findings.identical === plan.runs
process.stdout.write(`${findings.identical} of ${plan.runs} identical, ${problems.length} problems\n`)
process.exitCode = isWell ? 0 : 1
