/**
 * A script in a worker, from its parent's side: what it asks for is handed to whoever runs it, answers go back
 * in the order in which they are given, and whatever happens the worker is dead when `ended` settles. The
 * worker is not believed: a message that is none, a syscall out of its order, too much of anything, or a turn
 * that takes too long by the clock, and it is killed.
 */
import type { JsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { Peer } from '../../wire/peer.ts'
import { machineLimits } from './agent-limits.ts'
import { pipeConnection } from './pipe-connection.ts'
import type { LaunchedWorker, LaunchWorker } from './worker-launch.ts'
import type { ScriptAnswer, ScriptEnd, WorkerAsk, WorkerTask } from './worker-messages.ts'
import { readAsk, readEnd, taskHeader } from './worker-messages.ts'

/** How a worker ended. `killed`: it broke the rules, overran its turn, died, or its parent wanted it dead. */
export type WorkerEnd =
  | ScriptEnd
  | {
      readonly how: 'killed'
      readonly text: string
      /** Whether it used more than it may: time, or what its boundary gives. */
      readonly isLimit: boolean
    }

/** What its owner hears of a worker. */
export interface WorkerEvents {
  /** A syscall of the script. Answer it with `answer`, now or later, or never. */
  onAsk(ask: WorkerAsk): void
  onLog(text: string): void
  /** The script waits; so many syscalls it has made by now. */
  onTurn?(issued: number): void
}

/** What a worker is started with. */
export interface WorkerRun {
  readonly task: WorkerTask
  readonly source: Uint8Array
  readonly turnMs: number
  readonly launch: LaunchWorker
}

/** A running worker. */
export interface WorkerProcess {
  /** Answers syscall `n`; `now` is the script's time from then on. Ignored when it is over. */
  answer(n: number, answer: ScriptAnswer, now: number): void
  /** Ends it at once. */
  kill(why: string): void
  /** Settles when the worker's process is gone. Never rejects. */
  readonly ended: Promise<WorkerEnd>
}

/** The longest that a worker may take until it greets. */
const greetingMs = 30_000
/** More than the machine lets through: a worker that says so much is not our machine any more. */
const maxLogUnits = 2 * machineLimits.logTotal
const maxStderrBytes = 4_096

/** Starts a script in a worker. An error is a worker that could not be started. */
export async function startWorker(
  run: WorkerRun,
  events: WorkerEvents,
): Promise<Result<WorkerProcess, string>> {
  if (run.source.length > machineLimits.sourceBytes) return err('the program is too long')
  const launched = await run.launch(run.task.memoryMiB)
  return launched.ok ? ok(new Conversation(launched.value, run, events)) : launched
}

class Conversation implements WorkerProcess {
  readonly ended: Promise<WorkerEnd>
  readonly #worker: LaunchedWorker
  readonly #run: WorkerRun
  readonly #events: WorkerEvents
  readonly #peer: Peer
  readonly #gone = Promise.withResolvers<void>()
  /** Correlation of each syscall that waits for its answer. */
  readonly #waiting = new Map<number, number>()
  #issued = 0
  #answered = 0
  #logged = 0
  /** Answers given whose turn is not over yet, and one for the start. */
  #turns = 1
  #timer: NodeJS.Timeout
  #end: WorkerEnd | null = null
  #stderr = ''

  constructor(worker: LaunchedWorker, run: WorkerRun, events: WorkerEvents) {
    this.#worker = worker
    this.#run = run
    this.#events = events
    const { stdin, stdout, stderr } = worker.child
    const connection = stdin === null || stdout === null ? null : pipeConnection(stdout, stdin)
    this.#peer = new Peer({
      side: 'acceptor',
      credit: machineLimits.outstanding,
      maxBufferedBytes: 2 * machineLimits.outstanding * 1_048_576,
      transport: connection?.transport ?? noTransport,
      handler: {
        onHello: () => this.#greeted(),
        onRequest: (correlation, header, body) => this.#ask(correlation, header, body),
        onNotice: (_correlation, header, body) => this.#told(header, body),
        // When the pipe just ended, how the process ended says more.
        onClosed: ({ cause, reason }) => (cause === 'transport' ? this.#worker.kill() : this.kill(reason)),
      },
    })
    this.#timer = setTimeout(() => this.kill('it did not start in time'), greetingMs)
    this.ended = this.#gone.promise.then(() => this.#end ?? killed('it is gone'))
    worker.child.once('close', (code, signal) => void this.#died(signal ?? `exit ${code}`))
    stderr?.on('data', (chunk: Buffer) => {
      if (this.#stderr.length < maxStderrBytes)
        this.#stderr += chunk.toString('utf8').slice(0, maxStderrBytes)
    })
    if (connection === null) this.kill('it has no pipes')
    connection?.start(
      (bytes) => this.#peer.receive(bytes),
      (reason) => this.#peer.transportClosed(reason),
    )
  }

  answer(n: number, { head, body }: ScriptAnswer, now: number): void {
    const correlation = this.#waiting.get(n)
    if (correlation === undefined || this.#end !== null) return
    this.#waiting.delete(n)
    this.#answered += 1
    this.#begin()
    const header = { head: JSON.stringify(head), now, ...(body === null ? { empty: true } : {}) }
    this.#peer.reply(correlation, header, body ?? new Uint8Array())
  }

  kill(why: string): void {
    this.#over(killed(why))
  }

  #greeted(): void {
    this.#peer.welcome(taskHeader(this.#run.task), this.#run.source)
    this.#watch()
  }

  #ask(correlation: number, header: JsonObject, body: Uint8Array): void {
    const ask = readAsk(this.#issued + 1, header, body)
    if (ask === null || this.#issued >= this.#run.task.syscalls)
      return this.kill('it sent no syscall of ours')
    this.#issued += 1
    this.#waiting.set(ask.n, correlation)
    this.#events.onAsk(ask)
  }

  #told(header: JsonObject, body: Uint8Array): void {
    const { event, issued } = header as { readonly event?: unknown; readonly issued?: unknown }
    if (event === 'log') return this.#log(new TextDecoder().decode(body))
    if (event === 'turn' && issued === this.#issued) return this.#waits()
    const end = event === 'end' ? readEnd(header, body) : null
    if (end === null || end.issued !== this.#issued || end.answered > this.#answered)
      return this.kill('it sent no message of ours')
    this.#over(end)
  }

  #log(text: string): void {
    this.#logged += text.length
    if (text.length > machineLimits.logLength || this.#logged > maxLogUnits)
      return this.kill('it says too much')
    this.#events.onLog(text)
  }

  /** A turn begins, or another is added to those under way: the clock starts anew. */
  #begin(): void {
    this.#turns += 1
    this.#watch()
  }

  #watch(): void {
    clearTimeout(this.#timer)
    const { turnMs } = this.#run
    const late = (): void => this.#over(killed(`it computed for ${turnMs} ms without waiting`, true))
    this.#timer = setTimeout(late, turnMs)
  }

  #waits(): void {
    if (this.#turns === 0) return this.kill('it ended a turn that nobody began')
    this.#turns -= 1
    if (this.#turns === 0) clearTimeout(this.#timer)
    else this.#watch()
    this.#events.onTurn?.(this.#issued)
  }

  #over(end: WorkerEnd): void {
    if (this.#end !== null) return
    this.#end = end
    clearTimeout(this.#timer)
    this.#waiting.clear()
    this.#worker.kill()
    this.#peer.goodbye('done')
  }

  /** What the boundary ended it for says more than how it ended. */
  async #died(how: string): Promise<void> {
    const limit = (await this.#worker.limit?.()) ?? ''
    const lines = this.#stderr.trim().split('\n')
    const said = lines.find((line) => /error/iu.test(line)) ?? lines.at(-1) ?? ''
    const died = `it died: ${how}${said === '' ? '' : `: ${said.slice(0, 300)}`}`
    this.#over(limit === '' ? killed(died) : killed(`it was ended by its limit of ${limit}`, true))
    this.#gone.resolve()
  }
}

function killed(text: string, isLimit: boolean = false): WorkerEnd {
  return { how: 'killed', text, isLimit }
}

const noTransport = { write: () => true, close() {}, bufferedBytes: () => 0 }
