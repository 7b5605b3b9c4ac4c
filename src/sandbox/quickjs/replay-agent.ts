/**
 * Runs a recorded script again, with the recorded answers and nothing else, and compares everything it does
 * with what it did. Nothing is asked at any gate. The first difference ends it and is named by the number of
 * its syscall: what comes after a difference says nothing any more.
 */
import type { Hash } from 'node:crypto'
import { createHash } from 'node:crypto'
import { sha256Hex } from '../../base/hash.ts'
import type { LaunchWorker } from './worker-launch.ts'
import type { ScriptAnswer, WorkerAsk, WorkerTask } from './worker-messages.ts'
import type { WorkerEnd, WorkerProcess } from './worker-process.ts'
import { startWorker } from './worker-process.ts'

/** A syscall as it was recorded. */
export type RecordedAsk =
  | { readonly kind: 'capabilities'; readonly seq: number }
  | {
      readonly kind: 'call'
      readonly driver: string
      readonly selector: string
      /** SHA-256 of the argument bytes. */
      readonly arguments: string
      /** Position in the ledger of the request or its refusal; 0 when it is not there. */
      readonly seq: number
    }

/** An answer as it was recorded, in the order in which answers reached the script. */
export interface RecordedAnswer {
  readonly n: number
  readonly now: number
  readonly answer: ScriptAnswer
}

/** How the recorded script ended; texts and logs by their SHA-256. */
export interface RecordedEnd {
  readonly how: string
  readonly fuel: number
  readonly issued: number
  readonly answered: number
  readonly text: string
  readonly logs: string
}

/** A run, ready to be replayed. */
export interface RecordedRun {
  readonly task: WorkerTask
  readonly turnMs: number
  readonly source: Uint8Array
  /** By the number of the syscall. */
  readonly asks: ReadonlyMap<number, RecordedAsk>
  readonly answers: readonly RecordedAnswer[]
  /** Null when the run was cut short before it could be written down. */
  readonly end: RecordedEnd | null
}

/** Where a replay first differs. */
export interface Divergence {
  /** The syscall, counted from 1; one more than there were when the difference is in the end. */
  readonly syscall: number
  /** Position in the ledger of what was recorded, or 0. */
  readonly seq: number
  readonly difference: string
}

/** What a replay found. */
export type ReplayVerdict =
  /** `isWhole` is false when the recording stops before the script did. */
  | {
      readonly kind: 'identical'
      readonly syscalls: number
      readonly how: string
      readonly isWhole: boolean
      readonly text: string
    }
  | ({ readonly kind: 'diverged' } & Divergence)
  /** The worker could not be started or did not survive: nothing is known. */
  | { readonly kind: 'failed'; readonly reason: string }

/** Replays a run. */
export async function replayAgent(recorded: RecordedRun, launch: LaunchWorker): Promise<ReplayVerdict> {
  const replay = new Replay(recorded)
  const { task, source, turnMs } = recorded
  const started = await startWorker(
    { task, source, turnMs, launch },
    {
      onAsk: (ask) => replay.asked(ask),
      onLog: (text) => replay.logged(text),
      onTurn: () => replay.waits(),
    },
  )
  return started.ok ? replay.until(started.value) : { kind: 'failed', reason: started.error }
}

class Replay {
  readonly #recorded: RecordedRun
  readonly #logs: Hash = createHash('sha256')
  #worker: WorkerProcess | null = null
  #verdict: ReplayVerdict | null = null
  #issued = 0
  #delivered = 0
  #isWaiting = false

  constructor(recorded: RecordedRun) {
    this.#recorded = recorded
  }

  asked(ask: WorkerAsk): void {
    if (this.#verdict !== null) return
    this.#issued = ask.n
    const was = this.#recorded.asks.get(ask.n)
    if (was === undefined) {
      if (!this.#isCutShort) this.#diverge(ask.n, 0, `${nameOf(ask)} was not made in the recorded run`)
      return
    }
    const difference = differenceOf(was, ask)
    if (difference !== null) this.#diverge(ask.n, was.seq, difference)
  }

  logged(text: string): void {
    this.#logs.update(`${text}\n`)
  }

  /** The script waits: it gets the next recorded answer. */
  waits(): void {
    if (this.#worker === null) this.#isWaiting = true
    else this.#next(this.#worker)
  }

  async until(worker: WorkerProcess): Promise<ReplayVerdict> {
    this.#worker = worker
    if (this.#verdict !== null) worker.kill('it differs')
    if (this.#isWaiting) this.#next(worker)
    const end = await worker.ended
    return this.#verdict ?? this.#judge(end)
  }

  get #isCutShort(): boolean {
    const { end } = this.#recorded
    return end === null || end.how === 'killed'
  }

  #next(worker: WorkerProcess): void {
    if (this.#verdict !== null) return
    const { answers, end } = this.#recorded
    const answer = answers[this.#delivered]
    if (answer === undefined) {
      if (this.#isCutShort) return this.#conclude(worker)
      return this.#diverge(this.#issued + 1, 0, `it waits, where the recorded run ended (${end?.how})`)
    }
    if (answer.n > this.#issued) {
      const seq = this.#recorded.asks.get(answer.n)?.seq ?? 0
      return this.#diverge(this.#issued + 1, seq, 'it waits, where the recorded run made another syscall')
    }
    this.#delivered += 1
    worker.answer(answer.n, answer.answer, answer.now)
  }

  /** The recording stops here, and so does the comparison. */
  #conclude(worker: WorkerProcess): void {
    const missing = this.#missing()
    if (missing !== null) return this.#diverge(missing.n, missing.seq, missing.difference)
    const syscalls = this.#issued
    const how = this.#recorded.end?.how ?? 'cut short'
    this.#verdict = { kind: 'identical', syscalls, how, isWhole: false, text: '' }
    worker.kill('the recording ends here')
  }

  /** A recorded syscall that was not made again, or null. */
  #missing(): { readonly n: number; readonly seq: number; readonly difference: string } | null {
    for (let n = this.#issued + 1; n <= this.#recorded.asks.size; n++) {
      const was = this.#recorded.asks.get(n)
      if (was !== undefined) return { n, seq: was.seq, difference: `${nameOf(was)} was not made again` }
    }
    return null
  }

  #judge(end: WorkerEnd): ReplayVerdict {
    if (end.how === 'killed') {
      if (this.#isCutShort && this.#delivered === this.#recorded.answers.length)
        return this.#missing() === null ? this.#identical(end.text, false) : this.#lacking()
      return { kind: 'failed', reason: end.text }
    }
    if (this.#missing() !== null) return this.#lacking()
    const was = this.#recorded.end
    if (was === null || was.how === 'killed') return this.#identical(end.text, false)
    const logs = this.#logs.digest('hex')
    const differences = [
      was.how === end.how ? null : `it ended otherwise: ${end.how}, not ${was.how}`,
      was.text === sha256Hex(end.text) ? null : 'its result is another',
      was.logs === logs ? null : 'it logged something else',
      was.fuel === end.fuel ? null : `it used ${end.fuel} units of fuel, not ${was.fuel}`,
      was.answered === end.answered ? null : `it ended after ${end.answered} answers, not ${was.answered}`,
    ]
    const difference = differences.find((found) => found !== null)
    if (difference === undefined) return this.#identical(end.text, true)
    return { kind: 'diverged', syscall: this.#issued + 1, seq: 0, difference: difference ?? '' }
  }

  #lacking(): ReplayVerdict {
    const missing = this.#missing()
    const { n, seq, difference } = missing ?? { n: this.#issued + 1, seq: 0, difference: 'it ended early' }
    return { kind: 'diverged', syscall: n, seq, difference }
  }

  #identical(text: string, isWhole: boolean): ReplayVerdict {
    const how = this.#recorded.end?.how ?? 'cut short'
    return { kind: 'identical', syscalls: this.#issued, how, isWhole, text: isWhole ? text : '' }
  }

  #diverge(syscall: number, seq: number, difference: string): void {
    this.#verdict ??= { kind: 'diverged', syscall, seq, difference }
    this.#worker?.kill('it differs')
  }
}

function differenceOf(was: RecordedAsk, is: WorkerAsk): string | null {
  if (was.kind === 'capabilities' || is.kind === 'capabilities')
    return was.kind === is.kind ? null : `${nameOf(is)}, not ${nameOf(was)}`
  if (was.driver !== is.driver) return `driver ${quoted(is.driver)}, not ${quoted(was.driver)}`
  if (was.selector !== is.selector) return `selector ${quoted(is.selector)}, not ${quoted(was.selector)}`
  return was.arguments === sha256Hex(is.arguments) ? null : `other arguments for ${nameOf(is)}`
}

function nameOf(
  ask:
    | { readonly kind: 'capabilities' }
    | { readonly kind: 'call'; readonly driver: string; readonly selector: string },
): string {
  return ask.kind === 'capabilities'
    ? 'a look at the capabilities'
    : `${quoted(ask.driver)} ${quoted(ask.selector)}`
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 200))
}
