/**
 * An agent in its own process that asks at a given pace, whether or not it has been answered. Its parent tells it
 * the pace and for how long; it answers with how many calls a second were done. Started by `fairness-suite.ts`.
 */
import { connectAgent } from '../../src/sdk/agent.ts'
import type { Slice } from '../measure/contest.ts'
import { quantile } from '../measure/statistics.ts'
import { callArguments, selector } from '../kernel/example-call.ts'

/** What the parent asks for. */
export interface Pace {
  readonly perSecond: number
  readonly sliceMs: number
}

/** What falls due is asked for this often. */
const stepMs = 5
/** Unanswered calls it has at most: an agent that floods keeps to the credit it was given. */
const maxUnanswered = 2048
/** How long it has run before anything is counted: what a flood delays arrives later, and must arrive all the same. */
const warmUpMs = 1_000

const agent = await connectAgent()
const [capability] = await agent.capabilities()
if (capability === undefined) throw new Error('the agent holds nothing')
const { handle } = capability

async function run({ perSecond, sliceMs }: Pace): Promise<Slice> {
  const startedAt = performance.now()
  const countedFrom = startedAt + warmUpMs
  const until = countedFrom + sliceMs
  const waitedMs: number[] = []
  const open = new Set<Promise<void>>()
  let asked = 0
  const call = async (): Promise<void> => {
    const askedAt = performance.now()
    const answer = await agent.call({ handle, selector, arguments: callArguments })
    if (!answer.ok || answer.outcome !== 'done')
      throw new Error(answer.ok ? answer.outcome : answer.refusal.message)
    const now = performance.now()
    if (now >= countedFrom && now < until) waitedMs.push(now - askedAt)
  }
  for (let now = startedAt; now < until; now = performance.now()) {
    for (
      const due = ((now - startedAt) * perSecond) / 1000;
      asked < due && open.size < maxUnanswered;
      asked++
    ) {
      const one = call().finally(() => open.delete(one))
      open.add(one)
    }
    // What could not be asked in time is not asked later: that would be another pace.
    asked = Math.max(asked, Math.floor(((now - startedAt) * perSecond) / 1000))
    await new Promise((resolve) => setTimeout(resolve, stepMs))
  }
  await Promise.all(open)
  return {
    perSecond: (waitedMs.length / sliceMs) * 1000,
    p50Us: quantile(waitedMs, 0.5) * 1000,
    p99Us: quantile(waitedMs, 0.99) * 1000,
  }
}

process.on('message', (pace: Pace) => {
  void run(pace).then((slice) => process.send?.(slice))
})
process.on('disconnect', () => process.exit(0))
process.send?.('ready')
