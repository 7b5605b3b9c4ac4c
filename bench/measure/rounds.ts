/**
 * Runs a contest: round after round, every subject one slice, always in the same order. Whatever the machine
 * does meanwhile it does to all of them, so the ratio within a round holds where the numbers themselves do not.
 */
import type { Bar, Contest, Slice, Subject } from './contest.ts'
import type { Row } from './row.ts'
import { median } from './statistics.ts'

type Slices = ReadonlyMap<string, readonly Slice[]>

/** Measures `rounds` rounds, or fewer where the contest says so, after one that only warms up; returns the rows. */
export async function runContest(contest: Contest, rounds: number): Promise<readonly Row[]> {
  const subjects = [...contest.ours, ...contest.references]
  const slices = new Map<string, Slice[]>(subjects.map(({ name }) => [name, []]))
  const measured = Math.min(rounds, contest.mostRounds ?? rounds)
  for (let round = 0; round <= measured; round++) {
    for (const subject of subjects) {
      const slice = await subject.slice()
      if (round > 0) slices.get(subject.name)?.push(slice)
    }
  }
  return subjects.flatMap((subject) =>
    heldAgainst(contest, subject).flatMap((reference) => rowsOf(contest, slices, subject.name, reference)),
  )
}

/** What a subject is held against: every reference, and nothing but a number where one is promised by itself. */
function heldAgainst({ ours, references, bars = [] }: Contest, subject: Subject): readonly (string | null)[] {
  if (!ours.includes(subject)) return [null]
  const isPromised = bars.some((bar) => bar.subject === subject.name && bar.reference === null)
  const names = references.map(({ name }) => name)
  return isPromised || names.length === 0 ? [null, ...names] : names
}

/** One row for how many, and one for how long, where they were measured. */
function rowsOf(contest: Contest, slices: Slices, subject: string, reference: string | null): readonly Row[] {
  const ours = slices.get(subject) ?? []
  const theirs = reference === null ? [] : (slices.get(reference) ?? [])
  const rate = {
    name: `${subject}, ${contest.title}: ${contest.unit} per second`,
    unit: `${contest.unit}/s`,
    median: median(ours.map(perSecond)),
    p99: null,
    ...ratios(ours, theirs, perSecond),
    reference,
  }
  const wait = {
    name: `${subject}, ${contest.title}: ${contest.measure?.name ?? 'latency'}`,
    unit: contest.measure?.unit ?? 'µs',
    median: median(ours.map(p50Us)),
    p99: median(ours.map(({ p99Us }) => p99Us ?? Number.NaN)),
    ...ratios(ours, theirs, p50Us),
    reference,
  }
  const promised = (of: Bar['of']): Bar | undefined =>
    contest.bars?.find((bar) => bar.subject === subject && bar.reference === reference && bar.of === of)
  return [
    ...(Number.isNaN(rate.median) ? [] : [judged(rate, promised('rate'))]),
    ...(Number.isNaN(wait.median) ? [] : [judged(wait, promised('latency'))]),
  ]
}

const perSecond = (slice: Slice): number => slice.perSecond ?? Number.NaN
const p50Us = (slice: Slice): number => slice.p50Us ?? Number.NaN

/** The row with what was promised and whether it was kept. */
function judged(row: Omit<Row, 'bar' | 'holds'>, promised: Bar | undefined): Row {
  if (promised === undefined) return { ...row, bar: null, holds: null }
  const { bar, of } = promised
  const value = row.ratio ?? row.median
  return { ...row, bar, holds: of === 'rate' ? value >= bar : value <= bar }
}

/** Ours divided by theirs, within each round. */
function ratios(
  ours: readonly Slice[],
  theirs: readonly Slice[],
  of: (slice: Slice) => number,
): Pick<Row, 'ratio' | 'ratioLow' | 'ratioHigh'> {
  if (theirs.length === 0) return { ratio: null, ratioLow: null, ratioHigh: null }
  const each = ours.flatMap((slice, round) => {
    const other = theirs[round]
    return other === undefined ? [] : [of(slice) / of(other)]
  })
  if (each.some(Number.isNaN)) return { ratio: null, ratioLow: null, ratioHigh: null }
  return { ratio: median(each), ratioLow: Math.min(...each), ratioHigh: Math.max(...each) }
}
