/**
 * A worker without any belt: no boundary, none of Node's own, so that the engine alone stands
 * between a script and the machine. For tests that ask whether it does.
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { ok } from '../../../src/base/result.ts'
import { defaultAgentLimits } from '../../../src/sandbox/quickjs/agent-limits.ts'
import type { LaunchWorker } from '../../../src/sandbox/quickjs/worker-launch.ts'
import { workerFlags } from '../../../src/sandbox/quickjs/worker-launch.ts'
import type { ScriptAnswer, WorkerAsk } from '../../../src/sandbox/quickjs/worker-messages.ts'
import { endedAnswer } from '../../../src/sandbox/quickjs/worker-messages.ts'
import type { WorkerEnd } from '../../../src/sandbox/quickjs/worker-process.ts'
import { startWorker } from '../../../src/sandbox/quickjs/worker-process.ts'

const entry = fileURLToPath(new URL('../../../src/sandbox/quickjs/main.ts', import.meta.url))

/** Starts such workers. */
export const bareWorker: LaunchWorker = () => {
  const child = spawn(process.execPath, [...workerFlags, entry], {
    env: { TZ: 'UTC' },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  return Promise.resolve(ok({ child, kill: () => void child.kill('SIGKILL') }))
}

/** What a script did. */
export interface ScriptRecord {
  readonly end: WorkerEnd
  readonly logs: readonly string[]
  readonly asks: readonly WorkerAsk[]
}

/** How one script is run; everything has a default. */
export interface ScriptSettings {
  readonly launch?: LaunchWorker
  readonly fuel?: number
  readonly memoryMiB?: number
  readonly syscalls?: number
  readonly turnMs?: number
  readonly seed?: string
  /** The answer to a syscall, or null for none at all. Default: done, with the arguments as the result. */
  readonly answer?: (ask: WorkerAsk) => ScriptAnswer | null
}

/** Runs a script to its end, without any gate. Time goes on by a second with every answer. */
export async function runScript(source: string, settings: ScriptSettings = {}): Promise<ScriptRecord> {
  const logs: string[] = []
  const asks: WorkerAsk[] = []
  const { launch = bareWorker, turnMs = 60_000, answer = echo, ...rest } = settings
  const { fuel, memoryMiB, syscalls } = { ...defaultAgentLimits, fuel: 2_000, ...rest }
  const seed = settings.seed ?? '000102030405060708090a0b0c0d0e0f'
  let now = 1_700_000_000_000
  const started = await startWorker(
    {
      task: { seed, fuel, memoryMiB, syscalls, startedAt: now },
      source: Buffer.from(source),
      turnMs,
      launch,
    },
    {
      onAsk(ask) {
        asks.push(ask)
        const answered = answer(ask)
        if (answered !== null && started.ok) started.value.answer(ask.n, answered, (now += 1000))
      },
      onLog: (text) => logs.push(text),
    },
  )
  if (!started.ok) throw new Error(started.error)
  return { end: await started.value.ended, logs, asks }
}

/** Done, with the arguments as the result. */
export function echo(ask: WorkerAsk): ScriptAnswer {
  const body = ask.kind === 'call' ? ask.arguments : Buffer.from('[{"name":"notes"}]')
  return ask.kind === 'call' ? endedAnswer('done', '', '', body) : { head: null, body }
}
