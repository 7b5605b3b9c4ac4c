/**
 * Joins the journal of a run with what the ledger holds, into something that can be replayed. Where both speak,
 * the ledger is believed, and a difference is a doubt: the journal, or the program, is not what was recorded.
 * A doubt never stops a replay, because where it then diverges says more; it is never forgotten either.
 */
import { sha256Hex } from '../../base/hash.ts'
import type { JournalLine } from '../../sandbox/quickjs/journal-line.ts'
import { readJournal } from '../../sandbox/quickjs/journal-line.ts'
import { sealedDigest } from '../../sandbox/quickjs/recording.ts'
import type {
  RecordedAnswer,
  RecordedAsk,
  RecordedEnd,
  RecordedRun,
} from '../../sandbox/quickjs/replay-agent.ts'
import { listAnswer } from '../../sandbox/quickjs/run-agent.ts'
import type { ScriptAnswer } from '../../sandbox/quickjs/worker-messages.ts'
import { endedAnswer, refusedAnswer } from '../../sandbox/quickjs/worker-messages.ts'
import type { AnswerEvidence, CallEvidence, RunEvidence } from './run-evidence.ts'

/** Something about a recording that is not as it should be. `seq` is a position in the ledger, or 0. */
export interface Doubt {
  readonly seq: number
  readonly about: string
}

/** A run as far as it can be replayed, and what is to be doubted of it. */
export interface JoinedRun {
  readonly run: RecordedRun
  readonly doubts: readonly Doubt[]
  /** True when the ledger holds the journal's digest. */
  readonly isSealed: boolean
  /** Answers that stand in the journal alone: refusals that were only counted, and lists of capabilities. */
  readonly unconfirmed: number
}

/** Joins `journal` and `source`, as they lie in the home, with the ledger's evidence. */
export function joinRun(evidence: RunEvidence, source: Uint8Array, journal: Uint8Array): JoinedRun {
  const join = new Join(evidence)
  const { seed, startedAt, limits, source: digest } = evidence.recording
  if (sha256Hex(source) !== digest) join.doubt(0, 'the program is not the one that was recorded')
  const sealed = sealedDigest(evidence.endReason ?? '')
  if (sealed !== null && sealed !== sha256Hex(journal)) join.doubt(0, 'the journal was changed after the run')
  const { lines, isWhole } = readJournal(Buffer.from(journal).toString('utf8'))
  if (!isWhole) join.doubt(0, 'the journal cannot be read to its end')
  for (const line of lines) join.take(line)
  join.compareCalls()
  return {
    run: { task: { seed, startedAt, ...limits }, turnMs: limits.turnMs, source, ...join.parts() },
    doubts: join.doubts,
    isSealed: sealed !== null,
    unconfirmed: join.unconfirmed,
  }
}

class Join {
  readonly doubts: Doubt[] = []
  unconfirmed = 0
  readonly #evidence: RunEvidence
  readonly #asks = new Map<number, RecordedAsk>()
  readonly #answers: RecordedAnswer[] = []
  #end: RecordedEnd | null = null

  constructor(evidence: RunEvidence) {
    this.#evidence = evidence
  }

  parts(): Pick<RecordedRun, 'asks' | 'answers' | 'end'> {
    return { asks: this.#asks, answers: this.#answers, end: this.#end }
  }

  doubt(seq: number, about: string): void {
    this.doubts.push({ seq, about })
  }

  take(line: JournalLine): void {
    switch (line.line) {
      case 'head': {
        const { process, text } = this.#evidence
        if (line.process !== process || line.text !== text)
          this.doubt(0, 'the journal is that of another run')
        return
      }
      case 'call': {
        const { n, driver, selector, args } = line
        this.#asks.set(n, { kind: 'call', driver, selector, arguments: args, seq: 0 })
        return
      }
      case 'capabilities':
        this.#asks.set(line.n, { kind: 'capabilities', seq: 0 })
        return
      case 'answer':
        return this.#answer(line)
      case 'end':
        this.#end = line
    }
  }

  /** Every call that the ledger has of this process was made by the script, as the journal says. */
  compareCalls(): void {
    const inOrder = this.#evidence.calls.toSorted((one, other) => (one.n ?? 0) - (other.n ?? 0))
    for (const call of inOrder) {
      if (call.n === null) this.doubt(call.seq, 'a call of this process was not made by the script')
      else this.#confirm(call.n, call, call.seq)
    }
  }

  #answer(line: Extract<JournalLine, { line: 'answer' }>): void {
    const { n, now, seq } = line
    const known = seq === 0 ? null : (this.#evidence.answers.get(seq) ?? null)
    if (seq !== 0 && known === null) this.doubt(seq, `the ledger has no answer to syscall ${n} there`)
    if (seq === 0) this.unconfirmed += 1
    const answer = this.#answerOf(line, known)
    if (answer !== null) this.#answers.push({ n, now, answer })
  }

  #answerOf(
    line: Extract<JournalLine, { line: 'answer' }>,
    known: AnswerEvidence | null,
  ): ScriptAnswer | null {
    const { n, seq, refusal, capabilities } = line
    if (capabilities !== undefined) return listAnswer(capabilities)
    if (known?.kind === 'settled') {
      const { outcome, reason, call, result } = known
      if (result === null) this.doubt(seq, `the result of syscall ${n} cannot be opened here`)
      if (refusal !== undefined) this.doubt(seq, `syscall ${n} was not refused`)
      return endedAnswer(outcome, reason, call.comment, result ?? new Uint8Array())
    }
    if (refusal === undefined) {
      this.doubt(seq, `nothing says how syscall ${n} was answered`)
      return null
    }
    if (known?.kind === 'refused') {
      if (known.code !== refusal.code || known.message !== refusal.message.slice(0, known.message.length))
        this.doubt(seq, `syscall ${n} was refused for another reason`)
      this.#confirm(n, known, seq)
    } else if (known !== null && !known.codes.includes(refusal.code)) {
      this.doubt(seq, `syscall ${n} was refused for another reason`)
    }
    return refusedAnswer(refusal)
  }

  /** Sets what the ledger says of a request beside what the journal said. */
  #confirm(
    n: number,
    known: Pick<CallEvidence, 'selector' | 'arguments'> & { readonly driver: string | null },
    seq: number,
  ): void {
    const was = this.#asks.get(n)
    if (was === undefined && this.#end !== null) this.doubt(seq, `the journal lacks syscall ${n}`)
    const noted = was?.kind === 'call' ? was : null
    const driver = known.driver ?? noted?.driver ?? ''
    const args = known.arguments ?? noted?.arguments ?? ''
    if (noted !== null) {
      const isSame = noted.driver === driver && noted.selector === known.selector && noted.arguments === args
      if (!isSame) this.doubt(seq, `the journal has syscall ${n} otherwise`)
    }
    this.#asks.set(n, { kind: 'call', driver, selector: known.selector, arguments: args, seq })
  }
}
