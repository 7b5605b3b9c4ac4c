/**
 * Runs a contest: round after round, every subject one slice, always in the same order. Whatever the machine
 * does meanwhile it does to all of them, so the ratio within a round holds where the numbers themselves do not.
 */
import type { Contest, Slice } from './contest.ts'
import type { Row } from './row.ts'
import { median } from './statistics.ts'

type Slices = ReadonlyMap<string, readonly Slice[]>

/** Measures `rounds` rounds after one that only warms up, and returns the rows of the table. */
export async function runContest(contest: Contest, rounds: number): Promise<readonly Row[]> {
  const subjects = [...contest.ours, ...contest.references]
  const slices = new Map<string, Slice[]>(subjects.map(({ name }) => [name, []]))
  for (let round = 0; round <= rounds; round++) {
    for (const subject of subjects) {
      const slice = await subject.slice()
      if (round > 0) slices.get(subject.name)?.push(slice)
    }
  }
  return subjects.flatMap((subject) => {
    const held = contest.ours.includes(subject) ? contest.references.map(({ name }) => name) : []
    return (held.length === 0 ? [null] : held).flatMap((reference) =>
      rowsOf(contest, slices, subject.name, reference),
    )
  })
}

/** One row for how many, and one for how long where that was measured. */
function rowsOf(contest: Contest, slices: Slices, subject: string, reference: string | null): readonly Row[] {
  const ours = slices.get(subject) ?? []
  const theirs = reference === null ? [] : (slices.get(reference) ?? [])
  const judged = { reference, bar: null, holds: null }
  const rate: Row = {
    name: `${subject}, ${contest.title}: ${contest.unit} per second`,
    unit: `${contest.unit}/s`,
    median: median(ours.map((slice) => slice.perSecond)),
    p99: null,
    ...ratios(ours, theirs, (slice) => slice.perSecond),
    ...judged,
  }
  if (ours.some((slice) => slice.p50Us === null)) return [rate]
  const wait: Row = {
    name: `${subject}, ${contest.title}: latency`,
    unit: 'µs',
    median: median(ours.map((slice) => slice.p50Us ?? Number.NaN)),
    p99: median(ours.map((slice) => slice.p99Us ?? Number.NaN)),
    ...ratios(ours, theirs, (slice) => slice.p50Us ?? Number.NaN),
    ...judged,
  }
  return [rate, wait]
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
