/**
 * A real kernel with one driver, an operator who decides whatever is held, and an agent that runs scripts: each
 * in a worker of its own, as a child process of the agent's. What the driver answers is different every time, so
 * that nothing but the recording can make a replay the same.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { sha256Hex } from '../../../src/base/hash.ts'
import type { JsonObject } from '../../../src/base/json.ts'
import { homePaths } from '../../../src/cli/home.ts'
import { openLedgerFolder } from '../../../src/cli/ledger-folder.ts'
import type { JoinedRun } from '../../../src/cli/replay/recorded-run.ts'
import { joinRun } from '../../../src/cli/replay/recorded-run.ts'
import { evidenceOfRuns } from '../../../src/cli/replay/run-evidence.ts'
import { readFileSync } from 'node:fs'
import type { AgentLimits } from '../../../src/sandbox/quickjs/agent-limits.ts'
import { defaultAgentLimits } from '../../../src/sandbox/quickjs/agent-limits.ts'
import { journalFile, programFile } from '../../../src/sandbox/quickjs/journal.ts'
import { planRecording, recordingText } from '../../../src/sandbox/quickjs/recording.ts'
import type { AgentEnd } from '../../../src/sandbox/quickjs/run-agent.ts'
import { runQuickJsAgent } from '../../../src/sandbox/quickjs/run-agent.ts'
import { plainWorker } from '../../../src/sandbox/quickjs/worker-launch.ts'
import { connectAgent } from '../../../src/sdk/agent.ts'
import type { WireClient } from '../../../src/wire/client.ts'
import type { TestOperator } from '../../harness/kernel-process.ts'
import { KernelProcess, TestHome } from '../../harness/kernel-process.ts'
import type { Behaviour } from '../../harness/recording-driver.ts'
import { RecordingDriver } from '../../harness/recording-driver.ts'

const tool = (name: string): { readonly selector: string; readonly definition: JsonObject } => ({
  selector: `tools/${name}`,
  definition: { name },
})

const definitions = ['echo', 'late', 'fail', 'prose', 'ask', 'decline', 'few', 'forbidden', 'slow'].map(tool)
const granted = ['echo', 'late', 'fail', 'prose', 'slow'].map((name) => `tools/${name}`)
const open = { '*': { arguments: {}, open: true } } as const

/** What the agent holds, in the order in which it is granted; a child gets three uses of the last. */
const handles = [1, 2, 3]
let answered = 0

/** Every answer is one of a kind. */
const behaviour: Behaviour = async ({ selector, body, signal }) => {
  answered += 1
  const result = { answered, chance: randomBytes(4).readUInt32BE(), echo: JSON.parse(body) as unknown }
  if (selector === 'tools/late') await pause(randomBytes(1).readUInt8() / 32)
  if (selector === 'tools/slow') await pause(3_600_000, undefined, { signal }).catch(() => undefined)
  if (selector === 'tools/prose')
    return { kind: 'reply', header: { outcome: 'done' }, body: Buffer.from('<p>') }
  const header =
    selector === 'tools/fail' ? { outcome: 'failed', reason: `no ${answered}` } : { outcome: 'done' }
  return { kind: 'reply', header, body: Buffer.from(JSON.stringify(result)) }
}

/** What a run is given beside its script. */
export interface ScriptOptions {
  readonly limits?: Partial<AgentLimits>
  readonly signal?: AbortSignal
  readonly onLog?: (text: string) => void
}

/** One run. */
export interface ScriptRun extends AgentEnd {
  readonly run: string
  readonly process: number
}

/** The world. */
export class ScriptWorld {
  readonly home: TestHome = new TestHome()
  readonly #kernel: KernelProcess
  readonly #operator: TestOperator
  readonly #agent: WireClient
  readonly #stop = new AbortController()
  readonly #deciding: Promise<void>
  readonly #author: number
  #runs = 0
  #isKilled = false

  private constructor(
    home: TestHome,
    kernel: KernelProcess,
    operator: TestOperator,
    agent: WireClient,
    author: number,
  ) {
    this.#author = author
    this.home = home
    this.#kernel = kernel
    this.#operator = operator
    this.#agent = agent
    this.#deciding = this.#decide()
  }

  static async open(): Promise<ScriptWorld> {
    const home = new TestHome()
    const kernel = await KernelProcess.start(home)
    const operator = await kernel.operator()
    const object = await operator.addDriver('notes', definitions)
    const { token, process: holder } = await operator.addAgent('author')
    const driver = new RecordingDriver('notes', definitions)
    driver.behaviour = behaviour
    await driver.attach(kernel)
    for (const caveats of [
      { selectors: granted, where: open },
      { selectors: ['tools/ask', 'tools/decline'], where: open, ask: true },
      { selectors: ['tools/few'], where: open, uses: 100_000 },
    ])
      await operator.must({ do: 'capability.grant', holder, object, caveats })
    const agent = await kernel.agent(token)
    return new ScriptWorld(home, kernel, operator, agent, holder)
  }

  /** Runs one script to its end. */
  async run(source: string, options: ScriptOptions = {}): Promise<ScriptRun> {
    const bytes = Buffer.from(source)
    const run = `run-${++this.#runs}`
    const recording = planRecording({
      run,
      source: bytes,
      seed: randomBytes(16).toString('hex'),
      startedAt: Date.now(),
      limits: { ...defaultAgentLimits, ...options.limits },
    })
    assert.ok(recording !== null)
    const { process, token } = await this.#spawn(run, recordingText(recording))
    const gate = await connectAgent({ socket: this.home.socket('agent'), token })
    const ended = await runQuickJsAgent({
      recording,
      source: bytes,
      gate,
      home: this.home.folder,
      folder: join(this.home.folder, 'runs', run),
      launch: plainWorker(),
      onLog: options.onLog ?? (() => undefined),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    })
    gate.close()
    assert.ok(ended.ok, JSON.stringify(ended))
    if (!this.#isKilled) await must(this.#agent, { op: 'end', process, reason: ended.value.reason })
    return { ...ended.value, run, process }
  }

  /** An operator kills the agent's process, and its children with it. */
  async killAuthor(): Promise<void> {
    this.#isKilled = true
    await this.#operator.must({ do: 'process.kill', process: this.#author, reason: 'enough' })
  }

  /** Stops the kernel: what follows has only the files. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#deciding
    await this.#kernel.stop()
  }

  remove(): void {
    this.home.remove()
  }

  /** Every run, as the files have it; one pass over the ledger. */
  joined(change: (text: string) => string = (text) => text): ReadonlyMap<number, JoinedRun> {
    const paths = homePaths(this.home.folder, {})
    const joined = new Map<number, JoinedRun>()
    for (const evidence of evidenceOfRuns(openLedgerFolder(paths, 'opened'))) {
      const { run, source } = evidence.recording
      const journal = readFileSync(journalFile(join(paths.home, 'runs', run)), 'utf8')
      const program = readFileSync(programFile(paths.home, source))
      joined.set(evidence.process, joinRun(evidence, program, Buffer.from(change(journal))))
    }
    return joined
  }

  async #spawn(
    name: string,
    boundary: string,
  ): Promise<{ readonly process: number; readonly token: string }> {
    const token = `custos_${randomBytes(16).toString('hex')}`
    const spawn = { op: 'spawn', name, boundary, tokenDigest: sha256Hex(token) }
    const made = await must(this.#agent, spawn)
    const process = made['process'] as number
    for (const [index, handle] of handles.entries()) {
      const caveats = index === 2 ? { uses: 3 } : {}
      await must(this.#agent, { op: 'derive', handle, holder: process }, JSON.stringify(caveats))
    }
    return { process, token }
  }

  /** Approves what asks for `ask`, declines the rest, with a comment. */
  async #decide(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const waiting = (await this.#operator.query('approvals')) as readonly JsonObject[]
      for (const { call, digest, selector } of waiting as readonly {
        readonly [name: string]: JsonObject[string]
      }[]) {
        if (call === undefined || digest === undefined) continue
        const verdict = selector === 'tools/ask' ? 'call.approve' : 'call.deny'
        await this.#operator.order({
          do: verdict,
          call,
          digest,
          comment: `looked at ${JSON.stringify(call)}`,
        })
      }
      await pause(5)
    }
  }
}

/** Asks again while the kernel says that it is too much at once. */
async function must(client: WireClient, header: JsonObject, text = ''): Promise<JsonObject> {
  for (;;) {
    const answer = await client.request(header, Buffer.from(text))
    if (answer.kind === 'reply') return answer.header
    assert.ok(answer.kind === 'refusal' && answer.refusal.code === 'rate-limited', JSON.stringify(answer))
    await pause(500)
  }
}
