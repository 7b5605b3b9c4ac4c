/**
 * `custos run --machine quickjs -- FILE`: a script for the deterministic machine, as a process of its own. It has no
 * files and no network, only the calls that its agent may make; everything it learns is recorded, so that
 * `custos replay` can run it again.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseForeignJson } from '../../base/foreign-json.ts'
import { sha256Hex } from '../../base/hash.ts'
import { connectAgent } from '../../sdk/agent.ts'
import { defaultAgentLimits, machineLimits } from '../../sandbox/quickjs/agent-limits.ts'
import type { Recording } from '../../sandbox/quickjs/recording.ts'
import { planRecording, recordingText } from '../../sandbox/quickjs/recording.ts'
import type { AgentEnd } from '../../sandbox/quickjs/run-agent.ts'
import { runQuickJsAgent } from '../../sandbox/quickjs/run-agent.ts'
import type { LaunchWorker } from '../../sandbox/quickjs/worker-launch.ts'
import { confinedWorker } from '../../sandbox/quickjs/worker-launch.ts'
import { newToken } from '../agent-token.ts'
import { visible } from '../escape.ts'
import { CommandFailure, exitCodes, usageFailure } from '../exit.ts'
import type { Preparation } from './prepare-run.ts'
import { deriveHeld } from './run-authority.ts'
import { removeRunFolder } from './run-end.ts'
import type { RunFolder } from './run-record.ts'
import { makeRunFolder, writePrivate, writeRunRecord } from './run-record.ts'
import { onSignals } from './run-signals.ts'
import { runStatuses } from './run-status.ts'
import type { SupervisorHold } from './supervisor-hold.ts'
import { holdRun } from './supervisor-hold.ts'

/** Runs the script that the command names. Its result goes to standard output, its log to standard error. */
export async function runMachine(prepared: Preparation): Promise<number> {
  const { context, request, parent, confiner } = prepared
  const source = scriptIn(request.command)
  if (request.args.length > 0) throw usageFailure('a script takes no arguments', 'write them into it')
  const run = makeRunFolder(context.paths.state)
  const startedAt = Date.now()
  const seed = randomBytes(16).toString('hex')
  const recording = planRecording({
    run: run.run,
    source,
    seed,
    startedAt,
    limits: limitsFrom(prepared),
    boundary: confiner.rung,
  })
  if (recording === null) throw new CommandFailure(exitCodes.fault, 'the run could not be planned')
  const token = newToken()
  writePrivate(run.token, `${token}\n`)
  const boundary = recordingText(recording)
  const child = await parent.spawn({ name: run.run, tokenDigest: sha256Hex(token), boundary })
  const record = {
    run: run.run,
    folder: '',
    store: run.store,
    agent: parent.name,
    process: child,
    command: [request.command],
    startedAt,
    endedAt: null,
    status: null,
    rung: confiner.rung,
    holder: process.pid,
  }
  writeRunRecord(run, record)
  let reason = 'the run could not begin'
  try {
    for (const line of (await deriveHeld(parent, await parent.held(), child)).remarks) context.out.note(line)
    const end = await attached(prepared, { run, child, token, recording, source })
    reason = end.reason
    const status = statusOfScript(end)
    writeRunRecord(run, { ...record, endedAt: Date.now(), status })
    tell(prepared, run.run, child, end)
    return status
  } catch (problem) {
    removeRunFolder(context.paths.state, run.run)
    throw problem
  } finally {
    await parent.end(child, reason)
    rmSync(run.token, { force: true })
  }
}

interface Script {
  readonly run: RunFolder
  readonly child: number
  readonly token: string
  readonly recording: Recording
  readonly source: Uint8Array
}

/** Attaches as the script's own process, runs it, and detaches. */
async function attached(prepared: Preparation, script: Script): Promise<AgentEnd> {
  const { context, confiner } = prepared
  const { run, token, recording, source } = script
  const gate = await connectAgent({ socket: context.paths.agentSocket, token })
  const stop = new AbortController()
  const end = (): void => stop.abort('it was stopped')
  const quiet = onSignals({ kill: end, interrupt: end, end })
  const holds: SupervisorHold[] = []
  const launch: LaunchWorker = async (memoryMiB) => {
    const launched = await confinedWorker(confiner)(memoryMiB)
    if (!launched.ok || launched.value.child.pid === undefined) return launched
    const held = await hold(prepared, script, launched.value.child.pid)
    void held.over.then((why) => stop.abort(why))
    holds.push(held)
    return launched
  }
  try {
    const onLog = (text: string): void => context.out.note(visible(text))
    const { signal } = stop
    const { state: home } = context.paths
    const ran = await runQuickJsAgent({
      recording,
      source,
      gate,
      home,
      folder: run.folder,
      launch,
      onLog,
      signal,
    })
    if (ran.ok) return ran.value
    throw new CommandFailure(
      exitCodes.unreachable,
      `the script was not started: ${ran.error}`,
      'see: custos doctor',
    )
  } finally {
    quiet()
    for (const held of holds) held.close()
    gate.close()
  }
}

function hold(
  { context, parent, confiner, request }: Preparation,
  script: Script,
  pid: number,
): Promise<SupervisorHold> {
  const { limits } = request
  const { child, run } = script
  return holdRun(context.paths, {
    agent: parent.name,
    process: child,
    name: run.run,
    rung: confiner.rung,
    limits,
    pids: [pid],
  })
}

/** Memory as asked for, if it was: the machine's own measure is much smaller than that of a program. */
function limitsFrom({ context }: Preparation): typeof defaultAgentLimits {
  const memory = context.args.values.get('memory')?.[0]
  return memory === undefined ? defaultAgentLimits : { ...defaultAgentLimits, memoryMiB: Number(memory) }
}

function scriptIn(file: string): Uint8Array {
  const path = resolve(file)
  const found = statSync(path, { throwIfNoEntry: false })
  if (found?.isFile() !== true) throw usageFailure(`${visible(file)} is not a file`)
  if (found.size > machineLimits.sourceBytes)
    throw usageFailure(`${visible(file)} is longer than ${machineLimits.sourceBytes} bytes`)
  return readFileSync(path)
}

function statusOfScript({ how, isLimit }: AgentEnd): number {
  if (how === 'finished') return 0
  return isLimit ? runStatuses.limited : 1
}

function tell({ context }: Preparation, run: string, process: number, end: AgentEnd): void {
  const { out } = context
  const { how, text, fuel, issued } = end
  const isFinished = how === 'finished'
  if (!isFinished) for (const line of endLines(end)) out.note(line)
  const result = isFinished ? { result: parseForeignJson(text) as unknown } : { error: text }
  out.result({ run, process, how, fuel, syscalls: issued, ...result }, isFinished ? [visible(text)] : [])
  out.note(`custos: process ${process}, ${issued} syscalls: custos replay ${process} runs it again`)
}

/** Further lines, such as a stack, are set in, so that none of them can pass for a line of ours. */
function endLines({ how, text }: AgentEnd): readonly string[] {
  const [first = '', ...further] = text.trimEnd().split('\n').map(visible)
  const what = how === 'threw' ? 'threw' : `was ended (${how})`
  return [
    first === '' ? `custos: the script ${what}` : `custos: the script ${what}: ${first}`,
    ...further.map((line) => `custos:   ${line.trimStart()}`),
  ]
}
