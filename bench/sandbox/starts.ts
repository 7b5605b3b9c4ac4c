/**
 * How long it takes to run `true` in a boundary, from the request to the end of its process: on each rung that is
 * here, and in a machine that stands already. Beside it, the same command in the library that people use for that.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Result } from '../../src/base/result.ts'
import type { Confined, ConfinedCommand, Rung } from '../../src/sandbox/boundary.ts'
import { emptyBoundary } from '../../src/sandbox/empty-boundary.ts'
import { WarmPool } from '../../src/sandbox/gvisor/warm-pool.ts'
import { confinerOn } from '../../src/sandbox/ladder.ts'
import type { OpenSuite, Slice, Subject } from '../measure/contest.ts'
import { quantile } from '../measure/statistics.ts'
import { openSandboxRuntime, sandboxRuntimeName } from '../reference/sandbox-runtime.ts'

/** Fewest starts in a slice, however short it is. */
const fewestStarts = 5
const idleMs = 20
const what: ConfinedCommand = { command: '/bin/true', args: [], stdio: 'pipe' }
const warm = 'gvisor, warm pool'

/** The contest over the rungs that are `here`. */
export async function openStarts(here: readonly Rung[], sliceMs: number): Promise<OpenSuite> {
  const hasMachines = here.includes('gvisor')
  const pool = new WarmPool({
    confiner: confinerOn('gvisor'),
    boundary: emptyBoundary,
    size: hasMachines ? 2 : 0,
  })
  const runtime = await openSandboxRuntime()
  const subject = (name: string, start: () => Promise<void>, before = cleared): Subject => ({
    name,
    slice: () => starts(start, before, sliceMs),
  })
  const filled = async (): Promise<void> => {
    await cleared()
    await pool.filled()
  }
  const rungs = here.map((rung) => subject(rung, () => ended(confinerOn(rung).start(emptyBoundary(), what))))
  const ours = hasMachines ? [...rungs, subject(warm, () => ended(pool.run(what)), filled)] : rungs
  const library = runtime === null ? [] : [subject(sandboxRuntimeName, () => runtime.run('true'))]
  const bars = [
    { subject: 'bubblewrap', reference: sandboxRuntimeName, of: 'latency', bar: 0.3 },
    { subject: warm, reference: sandboxRuntimeName, of: 'latency', bar: 0.5 },
  ] as const
  const references = [subject('true, in no boundary', plain), ...library]
  return {
    contests: [{ title: 'start and end of true', unit: 'starts', ours, references, bars }],
    async close() {
      await cleared()
      await pool.close()
      await runtime?.close()
    },
  }
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

/** Resolves when the program's process is gone. */
async function ended(starting: Promise<Result<Confined, string>>): Promise<void> {
  const started = await starting
  if (!started.ok) throw new Error(started.error)
  const { child, ended: over } = started.value
  clearing.push(over)
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  if (child.exitCode !== 0) throw new Error(`true ended with ${child.exitCode}`)
}

async function plain(): Promise<void> {
  await once(spawn(what.command, what.args, { stdio: 'pipe' }), 'exit')
}

async function starts(
  start: () => Promise<void>,
  before: () => Promise<void>,
  sliceMs: number,
): Promise<Slice> {
  const tookMs: number[] = []
  for (let spentMs = 0; spentMs < sliceMs || tookMs.length < fewestStarts; spentMs += tookMs.at(-1) ?? 0) {
    await before()
    const startedAt = performance.now()
    await start()
    tookMs.push(performance.now() - startedAt)
  }
  return { perSecond: null, p50Us: quantile(tookMs, 0.5) * 1_000, p99Us: quantile(tookMs, 0.99) * 1_000 }
}
