/**
 * How long it takes to run `true` in a boundary, from the request to its end: on each rung that is here, and in a
 * machine that stands already. Beside it, the same command in the library that people use for that.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Boundary, Confined, ConfinedCommand } from '../../src/sandbox/boundary.ts'
import { WarmPool } from '../../src/sandbox/gvisor/warm-pool.ts'
import { confinerOn, probeLadder } from '../../src/sandbox/ladder.ts'
import type { Result } from '../../src/base/result.ts'
import type { OpenSuite, Slice, Subject, Suite } from '../measure/contest.ts'
import { quantile } from '../measure/statistics.ts'
import { openSandboxRuntime, sandboxRuntimeName } from '../reference/sandbox-runtime.ts'

/** The suite named `sandbox`. */
export const sandboxSuite: Suite = { name: 'sandbox', open: openSandboxSuite }

/** Fewest starts in a slice, however short it is. */
const fewestStarts = 5
const idleMs = 20
const what: ConfinedCommand = { command: '/bin/true', args: [], stdio: 'pipe' }

async function openSandboxSuite(sliceMs: number): Promise<OpenSuite> {
  const { ladder } = await probeLadder({})
  const here = ladder.filter(({ available }) => available).map(({ rung }) => rung)
  const pool = new WarmPool({
    confiner: confinerOn('gvisor'),
    boundary: emptyBoundary,
    size: here.includes('gvisor') ? 2 : 0,
  })
  const runtime = await openSandboxRuntime()
  const spaced = (start: () => Promise<void>, before: () => Promise<void>) => (): Promise<Slice> =>
    starts(start, before, sliceMs)
  const ours: Subject[] = here.map((rung) => ({
    name: rung,
    slice: spaced(
      () => ended(confinerOn(rung).start(emptyBoundary(), what)),
      () => cleared(),
    ),
  }))
  if (here.includes('gvisor'))
    ours.push({
      name: 'gvisor, warm pool',
      slice: spaced(
        () => ended(pool.run(what)),
        async () => {
          await cleared()
          await pool.filled()
        },
      ),
    })
  const references: Subject[] = [
    { name: 'true, in no boundary', slice: spaced(plain, cleared) },
    ...(runtime === null
      ? []
      : [{ name: sandboxRuntimeName, slice: spaced(() => runtime.run('true'), cleared) }]),
  ]
  return {
    contests: [{ title: 'start and end of true', unit: 'starts', ours, references }],
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
  const total = tookMs.reduce((sum, took) => sum + took, 0)
  return {
    perSecond: (tookMs.length / total) * 1_000,
    p50Us: quantile(tookMs, 0.5) * 1_000,
    p99Us: quantile(tookMs, 0.99) * 1_000,
  }
}

function emptyBoundary(): Boundary {
  return {
    readable: [],
    writable: [],
    views: [],
    hidden: [],
    environment: {},
    cwd: '/',
    sockets: {},
    limits: {
      memoryMiB: 512,
      processes: 64,
      openFiles: 256,
      cpuPercent: null,
      cpuSeconds: null,
      diskMiB: 64,
      fileMiB: 64,
      wallMs: null,
    },
    terminal: 'none',
  }
}
