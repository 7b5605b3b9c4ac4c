/** One published number, and how it is printed: for people as a table, for programs as one object a line. */

/** One number beside one reference. `docs/performance.md` says what each name means. */
export interface Row {
  readonly name: string
  readonly unit: string
  /** Median over the rounds; of a latency, the median of each round's median. */
  readonly median: number
  /** Of a latency, the median of each round's 99th percentile; null for a rate. */
  readonly p99: number | null
  /** What it is held against, measured in the same rounds; null for a reference itself. */
  readonly reference: string | null
  /** Ours divided by the reference, median over the rounds: more is better for a rate, less for a latency. */
  readonly ratio: number | null
  /** The lowest and the highest ratio of any round. */
  readonly ratioLow: number | null
  readonly ratioHigh: number | null
  /** The least (for a latency, the greatest) ratio that is promised, without a reference the median; null where nothing is. */
  readonly bar: number | null
  readonly holds: boolean | null
}

/** The row as one line of JSON. Numbers keep four significant digits. */
export function jsonLine(suite: string, row: Row): string {
  const { name, unit, reference, bar, holds } = row
  const numbers = { median: short(row.median), p99: short(row.p99), ratio: short(row.ratio) }
  const spread = { ratioLow: short(row.ratioLow), ratioHigh: short(row.ratioHigh) }
  return JSON.stringify({ name, unit, ...numbers, reference, bar, holds, suite, ...spread })
}

/** Rows as an aligned table, ordered by what was measured; a number held against two references stands once. */
export function table(suite: string, rows: readonly Row[]): string {
  const head = [suite, 'median', 'p99', 'unit', '× reference (low–high)', 'reference', 'bar']
  const cells = grouped(rows).map((row, at, all) => [
    ...(all[at - 1]?.name === row.name
      ? ['', '', '', '']
      : [row.name, figure(row.median), figure(row.p99), row.unit]),
    row.ratio === null ? '' : `${figure(row.ratio)} (${figure(row.ratioLow)}–${figure(row.ratioHigh)})`,
    row.reference ?? '',
    row.bar === null ? '' : `${figure(row.bar)} ${row.holds === true ? 'kept' : 'MISSED'}`,
  ])
  const widths = head.map((title, at) =>
    Math.max(title.length, ...cells.map((cell) => cell[at]?.length ?? 0)),
  )
  const line = (cell: readonly string[]): string =>
    cell
      .map((text, at) => pad(text, at, widths))
      .join('  ')
      .trimEnd()
  return [line(head), line(widths.map((width) => '─'.repeat(width))), ...cells.map(line)].join('\n')
}

function grouped(rows: readonly Row[]): readonly Row[] {
  return [...Map.groupBy(rows, ({ name }) => name).values()].flat()
}

/** Numbers stand on the right, words on the left. */
function pad(text: string, column: number, widths: readonly number[]): string {
  const width = widths[column] ?? 0
  return column === 1 || column === 2 || column === 4 ? text.padStart(width) : text.padEnd(width)
}

function short(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(4))
}

/** At least three significant digits, thousands apart. */
function figure(value: number | null): string {
  if (value === null) return ''
  if (value >= 100) return Math.round(value).toLocaleString('en-US')
  return String(Number(value.toPrecision(3)))
}
