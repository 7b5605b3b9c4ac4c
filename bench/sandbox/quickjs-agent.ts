/**
 * Deterministic agents: how long the smallest takes from the request to its result, and what one syscall of a script
 * costs without the gate, which answers at once here: the engine, both pipes, and the line in the journal. Each in a
 * worker behind Node's own belt, and in a worker in the bubblewrap boundary.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Rung } from '../../src/sandbox/boundary.ts'
import { confinerOn } from '../../src/sandbox/ladder.ts'
import { mostAgentLimits } from '../../src/sandbox/quickjs/agent-limits.ts'
import { planRecording } from '../../src/sandbox/quickjs/recording.ts'
import type { AgentGate } from '../../src/sandbox/quickjs/run-agent.ts'
import { runQuickJsAgent } from '../../src/sandbox/quickjs/run-agent.ts'
import type { LaunchWorker } from '../../src/sandbox/quickjs/worker-launch.ts'
import { confinedWorker, plainWorker } from '../../src/sandbox/quickjs/worker-launch.ts'
import type { OpenSuite, Slice, Subject } from '../measure/contest.ts'
import { quantile } from '../measure/statistics.ts'
import type { TemporaryFolder } from '../measure/temporary-folder.ts'
import { temporaryFolder } from '../measure/temporary-folder.ts'

const fewestRuns = 3
const warmUpCalls = 200
const smallest = 'export default 1'
const asking = `for (;;) { const { result } = await custos.call('notes', 'tools/next', { at: 1 }); if (result.stop) break }`
const limits = {
  ...mostAgentLimits,
  memoryMiB: 64,
  turnMs: 15_000,
}

/** Two contests: start to end, and one syscall. */
export function openQuickJsAgents(here: readonly Rung[], sliceMs: number): OpenSuite {
  const folder = temporaryFolder()
  const workers: readonly (readonly [string, LaunchWorker])[] = [
    ['script behind Node’s belt', plainWorker()],
    ...(here.includes('bubblewrap')
      ? [['script inside bubblewrap', confinedWorker(confinerOn('bubblewrap'))] as const]
      : []),
  ]
  const subjects = (slice: (launch: LaunchWorker) => Promise<Slice>): readonly Subject[] =>
    workers.map(([name, launch]) => ({ name, slice: () => slice(launch) }))
  const whole = (launch: LaunchWorker) =>
    repeated(() => run(folder, launch, smallest, gateThatStops(0)), sliceMs)
  return {
    contests: [
      {
        title: 'start to end',
        unit: 'runs',
        ours: subjects(whole),
        references: [{ name: 'node --eval 0', slice: () => repeated(bareNode, sliceMs) }],
      },
      {
        title: 'one syscall, without the gate',
        unit: 'syscalls',
        ours: subjects((launch) => syscalls(folder, launch, sliceMs)),
        references: [],
      },
    ],
    close: () => Promise.resolve(folder.remove()),
  }
}

async function bareNode(): Promise<void> {
  await once(spawn(process.execPath, ['--eval', '0'], { stdio: 'ignore' }), 'exit')
}

async function repeated(once: () => Promise<void>, sliceMs: number): Promise<Slice> {
  const tookMs: number[] = []
  for (let spentMs = 0; spentMs < sliceMs || tookMs.length < fewestRuns; spentMs += tookMs.at(-1) ?? 0) {
    const startedAt = performance.now()
    await once()
    tookMs.push(performance.now() - startedAt)
  }
  return { perSecond: null, p50Us: quantile(tookMs, 0.5) * 1_000, p99Us: quantile(tookMs, 0.99) * 1_000 }
}

/** The time from one syscall to the next, of a script that does nothing in between. */
async function syscalls(folder: TemporaryFolder, launch: LaunchWorker, sliceMs: number): Promise<Slice> {
  const gate = gateThatStops(sliceMs)
  await run(folder, launch, asking, gate)
  const apartMs = gate.askedAt.slice(1).map((at, index) => at - (gate.askedAt[index] ?? at))
  return {
    perSecond: null,
    p50Us: quantile(apartMs.slice(warmUpCalls), 0.5) * 1_000,
    p99Us: quantile(apartMs.slice(warmUpCalls), 0.99) * 1_000,
  }
}

async function run(
  { path }: TemporaryFolder,
  launch: LaunchWorker,
  script: string,
  gate: AgentGate,
): Promise<void> {
  const source = Buffer.from(script)
  const name = randomBytes(8).toString('hex')
  const seed = randomBytes(16).toString('hex')
  const recording = planRecording({ run: name, source, seed, startedAt: Date.now(), limits })
  if (recording === null) throw new Error('not a plan')
  const folder = join(path, 'runs', name)
  const ended = await runQuickJsAgent({
    recording,
    source,
    gate,
    home: path,
    folder,
    launch,
    onLog: () => undefined,
  })
  if (!ended.ok) throw new Error(ended.error)
  if (ended.value.how !== 'finished') throw new Error(`${ended.value.how}: ${ended.value.text}`)
}

/** Answers at once, and after `afterMs` from the first call on says that it is enough. */
function gateThatStops(afterMs: number): AgentGate & { readonly askedAt: readonly number[] } {
  const askedAt: number[] = []
  return {
    askedAt,
    process: 1,
    closed: new Promise(() => undefined),
    capabilities: () => Promise.resolve([]),
    call: () => {
      const now = performance.now()
      askedAt.push(now)
      const stop = askedAt.length > 2 * warmUpCalls && now - (askedAt[0] ?? now) >= afterMs
      const resultBytes = Buffer.from(JSON.stringify({ stop }))
      return Promise.resolve({ ok: true, outcome: 'done', reason: '', comment: '', resultBytes, seq: 1 })
    },
  }
}
