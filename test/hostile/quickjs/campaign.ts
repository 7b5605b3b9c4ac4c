/**
 * Records runs of generated scripts against a real kernel, stops it, and replays every one of them from the
 * files alone. Then plants divergences into them and sees that each is named at its syscall.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { JoinedRun } from '../../../src/cli/replay/recorded-run.ts'
import type { RecordedRun, ReplayVerdict } from '../../../src/sandbox/quickjs/replay-agent.ts'
import { replayAgent } from '../../../src/sandbox/quickjs/replay-agent.ts'
import { plainWorker } from '../../../src/sandbox/quickjs/worker-launch.ts'
import { generatedScript } from './generated-script.ts'
import { plants } from './planted.ts'
import { ScriptWorld } from './script-world.ts'

/** What a campaign is asked for. */
export interface CampaignPlan {
  readonly runs: number
  readonly seed: number
  /** How many runs are under way at once. */
  readonly lanes: number
  readonly progress?: (line: string) => void
}

/** What a campaign found. `problems` is empty when all is well. */
export interface CampaignFindings {
  readonly recorded: number
  readonly identical: number
  readonly syscalls: number
  readonly calls: number
  readonly refusals: number
  readonly endings: { readonly [how: string]: number }
  /** By kind: how many were planted, and how many of them were named where they are. */
  readonly planted: { readonly [kind: string]: { planted: number; named: number } }
  readonly problems: readonly string[]
  readonly recordedMs: number
  readonly replayedMs: number
}

/** Long enough for a script that loops for ever to be ended by its fuel and not by the clock. */
const limits = { fuel: 300, turnMs: 120_000 }

/** Runs a campaign. */
export async function replayCampaign(plan: CampaignPlan): Promise<CampaignFindings> {
  const world = await ScriptWorld.open()
  try {
    const began = performance.now()
    const endings = await record(world, plan)
    await world.stop()
    const recordedMs = performance.now() - began
    const joined = [...world.joined()]
    const findings = await replay(joined, plan)
    const replayedMs = performance.now() - began - recordedMs
    const planted = await plant(joined, findings.problems, plan)
    return { ...findings, recorded: plan.runs, endings, planted, recordedMs, replayedMs }
  } finally {
    await world.stop()
    world.remove()
  }
}

async function record(world: ScriptWorld, plan: CampaignPlan): Promise<{ [how: string]: number }> {
  const endings: { [how: string]: number } = {}
  await inLanes(plan.runs, plan.lanes, async (index) => {
    const { how } = await world.run(generatedScript(plan.seed + index), { limits })
    endings[how] = (endings[how] ?? 0) + 1
    if (index % 100 === 99) plan.progress?.(`recorded ${index + 1} of ${plan.runs}`)
  })
  return endings
}

type Replayed = Pick<CampaignFindings, 'identical' | 'syscalls' | 'calls' | 'refusals'> & {
  problems: string[]
}

async function replay(
  joined: readonly (readonly [number, JoinedRun])[],
  plan: CampaignPlan,
): Promise<Replayed> {
  const found = { identical: 0, syscalls: 0, calls: 0, refusals: 0, problems: [] as string[] }
  if (joined.length !== plan.runs) found.problems.push(`${joined.length} runs are in the ledger`)
  await inLanes(joined.length, plan.lanes, async (index) => {
    const [process, { run, doubts, isSealed }] = joined[index] ?? unreachableRun()
    const verdict = await replayAgent(run, plainWorker())
    if (verdict.kind === 'identical' && verdict.isWhole && doubts.length === 0 && isSealed)
      found.identical += 1
    else found.problems.push(`process ${process}: ${JSON.stringify({ verdict, doubts, isSealed })}`)
    found.syscalls += run.asks.size
    found.calls += [...run.asks.values()].filter(({ kind }) => kind === 'call').length
    found.refusals += run.answers.filter(({ answer }) => answer.head?.ok === false).length
    if (index % 100 === 99) plan.progress?.(`replayed ${index + 1} of ${joined.length}`)
  })
  return found
}

async function plant(
  joined: readonly (readonly [number, JoinedRun])[],
  problems: string[],
  plan: CampaignPlan,
): Promise<{ [kind: string]: { planted: number; named: number } }> {
  const counted: { [kind: string]: { planted: number; named: number } } = {}
  for (const [kind, change] of Object.entries(plants)) {
    const tally = { planted: 0, named: 0 }
    counted[kind] = tally
    const changed = joined.flatMap(([process, { run }]) => {
      const planted = change(run)
      return planted === null ? [] : [{ process, ...planted }]
    })
    const some = changed.slice(0, Math.max(5, Math.ceil(plan.runs / 25)))
    await inLanes(some.length, plan.lanes, async (index) => {
      const { process, run, at } = some[index] ?? unreachableRun()
      const verdict = await replayAgent(run, plainWorker())
      tally.planted += 1
      if (isNamed(verdict, run, at)) tally.named += 1
      else problems.push(`planted ${kind} in process ${process} at ${at}: ${JSON.stringify(verdict)}`)
    })
    plan.progress?.(`planted ${kind}: ${tally.named} of ${tally.planted} named`)
  }
  return counted
}

/** A difference that is noticed at the latest at the syscall that carries it, and never before anything differs. */
function isNamed(verdict: ReplayVerdict, run: RecordedRun, at: number): boolean {
  if (verdict.kind !== 'diverged') return false
  return at > run.asks.size ? verdict.syscall <= at : verdict.syscall === at
}

async function inLanes(count: number, lanes: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) {
      await work(index)
      await pause(0)
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}

function unreachableRun(): never {
  throw new Error('there is no such run')
}
