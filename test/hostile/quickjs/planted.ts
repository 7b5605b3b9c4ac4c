/**
 * Divergences that are planted into a recorded run, one of a kind each. A replay that calls a planted run
 * identical would call anything identical.
 */
import type { RecordedAnswer, RecordedAsk, RecordedRun } from '../../../src/sandbox/quickjs/replay-agent.ts'

/** A changed run and where the change must be noticed at the latest; null when the run offers no such change. */
export interface Planted {
  readonly run: RecordedRun
  readonly at: number
}

/** Kinds of divergence, by what was changed. */
export const plants: { readonly [name: string]: (run: RecordedRun) => Planted | null } = {
  /** Another program: one call says more than it did. */
  source(run) {
    const at = callAfter(run, 1)
    const source = `{ const call = custos.call; let made = 0
      globalThis.planted = (d, s, a) => call(d, s, (typeof a === 'object' && !a.toJSON && ++made === ${ordinal(run, at)}) ? { ...a, planted: 1 } : a) }
      ${Buffer.from(run.source).toString('utf8').replaceAll('custos.call(', 'planted(')}`
    return at === 0 ? null : { run: { ...run, source: Buffer.from(source) }, at }
  },
  /** A result of the driver is another. */
  result(run) {
    const index = run.answers.findIndex(isTelltale)
    const answer = run.answers[index]
    if (answer === undefined) return null
    const body = Buffer.from(textOf(answer.answer.body).replace(/"chance":\d+/u, '"chance":-1'))
    const changed = { ...answer, answer: { ...answer.answer, body } }
    return { run: { ...run, answers: run.answers.with(index, changed) }, at: beyond(run) }
  },
  /** Two answers reached the script in the other order. */
  order(run) {
    const index = run.answers.findIndex((answer, at) => isSwappable(answer, run.answers[at + 1]))
    const [one, other] = [run.answers[index], run.answers[index + 1]]
    if (one === undefined || other === undefined) return null
    const answers = run.answers
      .with(index, { ...other, now: one.now })
      .with(index + 1, { ...one, now: other.now })
    return { run: { ...run, answers }, at: beyond(run) }
  },
  /** Another seed. */
  seed(run) {
    const seed = run.task.seed.startsWith('0') ? `1${run.task.seed.slice(1)}` : `0${run.task.seed.slice(1)}`
    const at = callAfter(run, 0)
    return at === 0 ? null : { run: { ...run, task: { ...run.task, seed } }, at }
  },
  /** Another time at the start. */
  time(run) {
    // Later calls have the time of an answer.
    const at = callAfter(run, 0) === 1 ? 1 : 0
    const startedAt = run.task.startedAt - 86_400_000
    return at === 0 ? null : { run: { ...run, task: { ...run.task, startedAt } }, at }
  },
  /** A syscall is missing from the recording. */
  missing(run) {
    const at = callAfter(run, 0)
    if (at === 0) return null
    const asks = new Map<number, RecordedAsk>([...run.asks].filter(([n]) => n !== at))
    return { run: { ...run, asks }, at }
  },
}

/** The first call of the script, from its second on, that carries chance and time; 0 when there is none. */
function callAfter(run: RecordedRun, skipped: number): number {
  const called = [...run.asks].filter(([, ask]) => ask.kind === 'call' && isTelling(ask.selector))
  return called[skipped]?.[0] ?? 0
}

/** Held calls carry neither chance nor time. */
function isTelling(selector: string): boolean {
  return selector !== 'tools/ask' && selector !== 'tools/decline'
}

/** Which of the script's calls syscall `at` is. */
function ordinal(run: RecordedRun, at: number): number {
  return [...run.asks].filter(([n, ask]) => n <= at && ask.kind === 'call').length
}

function isSwappable(one: RecordedAnswer, other: RecordedAnswer | undefined): boolean {
  if (other === undefined || !isTelltale(one) || !isTelltale(other)) return false
  // The second was asked before the first was answered: the script did not wait for one to ask the other.
  const askedAtOnce = Math.abs(one.n - other.n) === 1 && other.n < one.n
  return askedAtOnce && textOf(one.answer.body) !== textOf(other.answer.body)
}

function beyond(run: RecordedRun): number {
  return run.asks.size + 1
}

function textOf(body: Uint8Array | null): string {
  return body === null ? '' : Buffer.from(body).toString('utf8')
}

/** A result that says which one it is. */
function isTelltale({ answer }: RecordedAnswer): boolean {
  return /"chance":\d+/u.test(textOf(answer.body))
}
