/**
 * How long it takes to run `true` in a boundary, from the request to the end of its process, and `echo`, from the
 * request to the first byte of its output: on each rung that is here, and in a machine that stands already. Beside it,
 * the same commands in the library that people use for that.
 */
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Result } from '../../src/base/result.ts'
import type { Confined, ConfinedCommand, Rung } from '../../src/sandbox/boundary.ts'
import { emptyBoundary } from '../../src/sandbox/empty-boundary.ts'
import { WarmPool } from '../../src/sandbox/gvisor/warm-pool.ts'
import { confinerOn } from '../../src/sandbox/ladder.ts'
import type { Contest, OpenSuite, Slice, Subject } from '../measure/contest.ts'
import { quantile } from '../measure/statistics.ts'
import type { SandboxRuntime } from '../reference/sandbox-runtime.ts'
import { openSandboxRuntime, sandboxRuntimeName } from '../reference/sandbox-runtime.ts'

/** Fewest starts in a slice, however short it is. */
const fewestStarts = 5
/** Most of them, because a machine that stands has to be made for each. */
const mostStarts = 15
const idleMs = 20
const warm = 'gvisor, warm pool'

/** What is run, and what of it is waited for: the same for every subject. */
interface Run {
  readonly title: string
  readonly command: string
  readonly args: readonly string[]
  readonly awaited: (child: ChildProcess) => Promise<void>
}

const toTheEnd: Run = { title: 'start and end of true', command: '/bin/true', args: [], awaited: exit }
const toOutput: Run = {
  title: 'start to the first output of echo',
  command: '/bin/echo',
  args: ['begun'],
  awaited: firstByte,
}

/** The contests over the rungs that are `here`. */
export async function openStarts(here: readonly Rung[], sliceMs: number): Promise<OpenSuite> {
  const hasMachines = here.includes('gvisor')
  const pool = new WarmPool({
    confiner: confinerOn('gvisor'),
    boundary: emptyBoundary,
    size: hasMachines ? 2 : 0,
    // After the start that is measured, and sooner than usual: it is whole again before the next one.
    refillMs: 50,
  })
  const runtime = await openSandboxRuntime()
  const bars = [
    { subject: 'bubblewrap', reference: sandboxRuntimeName, of: 'latency', bar: 0.3 },
    { subject: warm, reference: sandboxRuntimeName, of: 'latency', bar: 0.5 },
  ] as const
  const contest = (run: Run): Contest => ({
    title: run.title,
    unit: 'starts',
    ...subjects(run, here, hasMachines ? pool : null, runtime, sliceMs),
    bars: run === toTheEnd ? bars : [],
  })
  return {
    contests: [toTheEnd, toOutput].map(contest),
    async close() {
      await cleared()
      await pool.close()
      await runtime?.close()
    },
  }
}

function subjects(
  run: Run,
  here: readonly Rung[],
  pool: WarmPool | null,
  runtime: SandboxRuntime | null,
  sliceMs: number,
): Pick<Contest, 'ours' | 'references'> {
  const subject = (name: string, start: () => Promise<void>, before = cleared): Subject => ({
    name,
    slice: () => starts(start, before, sliceMs),
  })
  const what: ConfinedCommand = { command: run.command, args: run.args, stdio: 'pipe' }
  const filled = async (): Promise<void> => {
    await cleared()
    await pool?.filled()
  }
  const rungs = here.map((rung) =>
    subject(rung, () => confined(run, confinerOn(rung).start(emptyBoundary(), what))),
  )
  const warmed = pool === null ? [] : [subject(warm, () => confined(run, pool.run(what)), filled)]
  const words = [run.command, ...run.args].join(' ')
  const library =
    runtime === null
      ? []
      : [subject(sandboxRuntimeName, async () => observed(run, await runtime.start(words)))]
  const plain = subject('in no boundary', () =>
    observed(run, spawn(run.command, run.args, { stdio: 'pipe' })),
  )
  return { ours: [...rungs, ...warmed], references: [plain, ...library] }
}

/** What ended and is being cleared away; not counted, and not left to disturb what comes next. */
let clearing: Promise<unknown>[] = []

async function cleared(): Promise<void> {
  await Promise.all(clearing)
  clearing = []
  await new Promise((resolve) => {
    setTimeout(resolve, idleMs)
  })
}

async function confined(run: Run, starting: Promise<Result<Confined, string>>): Promise<void> {
  const started = await starting
  if (!started.ok) throw new Error(started.error)
  const { child, ended } = started.value
  clearing.push(ended.then(({ status }) => wellEnded(run, status)))
  await run.awaited(child)
}

async function observed(run: Run, child: ChildProcess): Promise<void> {
  clearing.push(once(child, 'exit').then(([status]) => wellEnded(run, status as number | null)))
  await run.awaited(child)
}

function wellEnded({ command }: Run, status: number | null): void {
  if (status !== 0) throw new Error(`${command} ended with ${status}`)
}

/** Resolves when its outermost process is gone. */
async function exit(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

async function firstByte({ stdout }: ChildProcess): Promise<void> {
  if (stdout === null) throw new Error('there is no output to be waited for')
  await once(stdout, 'data')
}

async function starts(
  start: () => Promise<void>,
  before: () => Promise<void>,
  sliceMs: number,
): Promise<Slice> {
  const tookMs: number[] = []
  const isEnough = (spentMs: number): boolean =>
    tookMs.length >= mostStarts || (spentMs >= sliceMs && tookMs.length >= fewestStarts)
  for (let spentMs = 0; !isEnough(spentMs); spentMs += tookMs.at(-1) ?? 0) {
    await before()
    const startedAt = performance.now()
    await start()
    tookMs.push(performance.now() - startedAt)
  }
  await cleared()
  return { perSecond: null, p50Us: quantile(tookMs, 0.5) * 1_000, p99Us: quantile(tookMs, 0.99) * 1_000 }
}
