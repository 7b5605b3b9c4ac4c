/**
 * What a command prints. Results go to standard output, as text for people or as JSON with `--json`; notes
 * and progress go to standard error, so that a pipe receives results only. Commands hand over a value and
 * its rendering together, which keeps the two from drifting apart.
 */
import { visibleJson } from './escape.ts'

/** The two streams of a command. */
export interface Output {
  readonly json: boolean
  /** The result of the command: `value` with `--json`, the lines otherwise. Call it once, or once per item. */
  result(value: unknown, lines: readonly string[]): void
  /** A remark for the person; never part of the result. */
  note(line: string): void
}

/** Output to the process's own streams. */
export function standardOutput(json: boolean): Output {
  return {
    json,
    result(value, lines) {
      if (json) process.stdout.write(`${visibleJson(value)}\n`)
      else if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`)
    },
    note(line) {
      process.stderr.write(`${line}\n`)
    },
  }
}

/** Rows as aligned columns, the first row being the heading. Cells must already be safe to print. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length)
  }
  return rows.map((row) =>
    row
      .map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}
