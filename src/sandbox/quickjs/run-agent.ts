/**
 * Runs one deterministic agent: its script in a worker, every syscall of it asked at the gate, every answer
 * written down and then given to the script. What the gate says is final; this adds no authority and takes
 * none. However it ends, the worker is dead and nothing of the run is under way any more.
 */
import type { Hash } from 'node:crypto'
import { createHash } from 'node:crypto'
import { canonicalJson } from '../../base/canonical-json.ts'
import { sha256Hex } from '../../base/hash.ts'
import type { Json } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { Journal } from './journal.ts'
import { beginJournal, keepProgram } from './journal.ts'
import type { Recording } from './recording.ts'
import { endReason, recordingText, traceOf } from './recording.ts'
import type { LaunchWorker } from './worker-launch.ts'
import type { ScriptAnswer, WorkerAsk } from './worker-messages.ts'
import { endedAnswer, refusedAnswer } from './worker-messages.ts'
import type { WorkerEnd, WorkerProcess } from './worker-process.ts'
import { startWorker } from './worker-process.ts'

/** A capability as a script may see it. */
interface ScriptCapability {
  readonly name: string
  readonly selectors: readonly { readonly selector: string; readonly effect: string }[]
  readonly where: readonly Json[]
  readonly expiresAt: number | null
  readonly usesLeft: number | null
  readonly ask: boolean
}

/** An answer of the gate. An attached agent of the SDK gives these. */
type GateAnswer =
  | {
      readonly ok: true
      readonly outcome: string
      readonly reason: string
      readonly comment: string
      readonly resultBytes: Uint8Array
      readonly seq: number
    }
  | {
      readonly ok: false
      readonly refusal: {
        readonly code: string
        readonly message: string
        readonly needed: string
        readonly seq: number | null
      }
    }

/** The gate, as the process that runs the script is attached to it: an `Agent` of the SDK fits. */
export interface AgentGate {
  readonly process: number
  /** Settles when the connection is gone. */
  readonly closed: Promise<void>
  capabilities(): Promise<readonly ScriptCapability[]>
  /** May throw when the connection is lost, and for no other reason. */
  call(request: {
    readonly object: string
    readonly selector: string
    readonly arguments: Uint8Array
    readonly trace: string
    readonly signal: AbortSignal
  }): Promise<GateAnswer>
}

/** What a run needs. */
export interface AgentRun {
  readonly recording: Recording
  readonly source: Uint8Array
  readonly gate: AgentGate
  /** The home, which keeps the program. */
  readonly home: string
  /** The run's own folder, which keeps the journal. */
  readonly folder: string
  readonly launch: LaunchWorker
  readonly onLog: (text: string) => void
  /** Ends the run at once. A text as its reason says why. */
  readonly signal?: AbortSignal
  /** Milliseconds since the epoch; default the machine's clock. */
  readonly now?: () => number
}

/** How a run ended. */
export interface AgentEnd {
  readonly how: WorkerEnd['how']
  /** JSON text of the result when it finished; otherwise what went wrong. */
  readonly text: string
  /** Whether it used more than it may, of whatever there is a limit to. */
  readonly isLimit: boolean
  /** Units of fuel, and syscalls. */
  readonly fuel: number
  readonly issued: number
  /** The reason with which the process must be ended at the kernel: it seals the journal. */
  readonly reason: string
}

/** Runs a script to its end. An error means that it never began. */
export async function runQuickJsAgent(run: AgentRun): Promise<Result<AgentEnd, string>> {
  const { recording, source, gate, folder, home } = run
  if (sha256Hex(source) !== recording.source) return err('the program is not the one that was planned')
  keepProgram(home, source)
  const journal = beginJournal(folder)
  journal.write({ line: 'head', process: gate.process, text: recordingText(recording) })
  const session = new Session(run, journal)
  const { seed, startedAt, limits } = recording
  const started = await startWorker(
    { task: { seed, startedAt, ...limits }, source, turnMs: limits.turnMs, launch: run.launch },
    { onAsk: (ask) => session.asked(ask), onLog: (text) => session.logged(text) },
  )
  if (!started.ok) {
    journal.close()
    return started
  }
  return ok(await session.until(started.value))
}

class Session {
  readonly #run: AgentRun
  readonly #journal: Journal
  readonly #logs: Hash = createHash('sha256')
  readonly #stop = new AbortController()
  #worker: WorkerProcess | null = null
  /** Syscalls that were made before `until` was called. */
  readonly #early: WorkerAsk[] = []
  #isOver = false
  #issued = 0
  #now: number

  constructor(run: AgentRun, journal: Journal) {
    this.#run = run
    this.#journal = journal
    this.#now = run.recording.startedAt
  }

  asked(ask: WorkerAsk): void {
    if (this.#worker === null) this.#early.push(ask)
    else void this.#serve(ask, this.#worker)
  }

  logged(text: string): void {
    this.#logs.update(`${text}\n`)
    this.#run.onLog(text)
  }

  /** Serves the worker until it is gone. */
  async until(worker: WorkerProcess): Promise<AgentEnd> {
    this.#worker = worker
    const { signal, gate } = this.#run
    const why = (reason: unknown): string => (typeof reason === 'string' ? reason : 'it was stopped')
    const stop = (): void => worker.kill(why(signal?.reason))
    signal?.addEventListener('abort', stop, { once: true })
    if (signal?.aborted === true) stop()
    void gate.closed.then(() => worker.kill('the connection to the kernel was lost'))
    for (const ask of this.#early.splice(0)) void this.#serve(ask, worker)
    const end = await worker.ended
    this.#isOver = true
    signal?.removeEventListener('abort', stop)
    this.#stop.abort()
    return this.#close(end)
  }

  #close(end: WorkerEnd): AgentEnd {
    const { how, text } = end
    const unknown = { fuel: 0, issued: this.#issued, answered: 0 }
    const { fuel, issued, answered } = end.how === 'killed' ? unknown : end
    const logs = this.#logs.digest('hex')
    this.#journal.write({ line: 'end', how, fuel, issued, answered, text: sha256Hex(text), logs })
    const isLimit = end.how === 'killed' ? end.isLimit : how === 'fuel' || how === 'syscalls'
    return { how, text, isLimit, fuel, issued, reason: endReason(how, this.#journal.close()) }
  }

  async #serve(ask: WorkerAsk, worker: WorkerProcess): Promise<void> {
    if (this.#isOver) return
    this.#issued = ask.n
    try {
      if (ask.kind === 'call') await this.#call(ask, worker)
      else await this.#list(ask.n, worker)
    } catch {
      worker.kill('the connection to the kernel was lost')
    }
  }

  async #call(ask: Extract<WorkerAsk, { kind: 'call' }>, worker: WorkerProcess): Promise<void> {
    const { n, driver, selector } = ask
    this.#journal.write({ line: 'call', n, driver, selector, args: sha256Hex(ask.arguments) })
    const trace = traceOf(this.#run.recording, n)
    const { signal } = this.#stop
    const answer = await this.#run.gate.call({
      object: driver,
      selector,
      arguments: ask.arguments,
      trace,
      signal,
    })
    if (this.#isOver) return
    if (answer.ok) {
      const { outcome, reason, comment, resultBytes, seq } = answer
      this.#journal.write({ line: 'answer', n, now: this.#tick(), seq })
      return worker.answer(n, endedAnswer(outcome, reason, comment, resultBytes), this.#now)
    }
    const { code, message, needed, seq } = answer.refusal
    const refusal = { code, message: message.toWellFormed(), needed: needed.toWellFormed() }
    this.#journal.write({ line: 'answer', n, now: this.#tick(), seq: seq ?? 0, refusal })
    worker.answer(n, refusedAnswer(refusal), this.#now)
  }

  async #list(n: number, worker: WorkerProcess): Promise<void> {
    this.#journal.write({ line: 'capabilities', n })
    const held = await this.#run.gate.capabilities()
    if (this.#isOver) return
    const capabilities = held.map(({ name, selectors, where, expiresAt, usesLeft, ask }) => ({
      name,
      selectors: selectors.map(({ selector, effect }) => ({ selector, effect })),
      where,
      expiresAt,
      usesLeft,
      ask,
    }))
    this.#journal.write({ line: 'answer', n, now: this.#tick(), seq: 0, capabilities })
    worker.answer(n, listAnswer(capabilities), this.#now)
  }

  /** Time goes on with answers, and never back. */
  #tick(): number {
    this.#now = Math.max(this.#now, Math.trunc((this.#run.now ?? Date.now)()))
    return this.#now
  }
}

/** The answer to a request for capabilities, in the one form that it has in the journal as well. */
export function listAnswer(capabilities: readonly Json[]): ScriptAnswer {
  return { head: null, body: new TextEncoder().encode(canonicalJson(capabilities)) }
}
