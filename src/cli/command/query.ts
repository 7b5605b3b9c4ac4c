/**
 * `custos query`: one SQL question to the ledger's tables. It runs in a process of its own that can only read, and is
 * ended when it takes too long.
 */
import type { Result } from '../../base/result.ts'
import type { QueryAnswer } from '../../projection/ask.ts'
import { askProjection } from '../../projection/ask.ts'
import { queryLimits } from '../../projection/query-limits.ts'
import { valueOf } from '../arguments.ts'
import type { Command } from '../command.ts'
import { visible } from '../escape.ts'
import { CommandFailure, exitCodes, usageFailure } from '../exit.ts'
import type { HomePaths } from '../home.ts'
import { parseCount } from '../lookup.ts'
import { table } from '../output.ts'
import { askThen } from '../past/tables-then.ts'
import { projectionFile, projectionLag } from '../projection-file.ts'

const cellCharacters = 80

/** Asks. */
export const queryCommand: Command = {
  name: 'query',
  synopsis: 'SQL [--rows N]',
  summary: 'ask the ledger’s tables a question in SQL, for reading only',
  details: [
    'The tables are events, calls, capabilities, approvals and names, kept up to date after: custos projection on;',
    'SELECT sql FROM sqlite_schema shows their columns. Times are in milliseconds.',
    'Under custos at, tables are made of the ledger up to then, for this one question.',
    `At most ${queryLimits.timeMs / 1000} s and ${queryLimits.mostRows} rows; a value has at most 16 MiB.`,
  ],
  flags: [{ name: 'rows', value: 'N', about: `at most so many rows (default ${queryLimits.rows})` }],
  asOf: true,
  positionals: { fewest: 1, most: 1 },
  async run({ args, out, paths, past }) {
    const rows = parseCount(valueOf(args, 'rows') ?? String(queryLimits.rows))
    if (rows > queryLimits.mostRows) throw usageFailure(`at most ${queryLimits.mostRows} rows`)
    const sql = args.positionals[0] ?? ''
    const { ledger, answer } =
      past === undefined
        ? await askNow(paths, sql, rows)
        : { ledger: past.seq, answer: await askThen(paths, past.seq, { sql, rows }) }
    if (!answer.ok)
      throw new CommandFailure(exitCodes.usage, visible(answer.error), 'see: custos query --help')
    const { seq, isCut, rows: found } = answer.value
    if (out.json) for (const row of found) out.result(row, [])
    else out.result(found, shown(found))
    if (isCut) out.note(`There are more than ${found.length} rows: --rows N shows more.`)
    if (seq < ledger) out.note(`As of event ${seq}; the ledger is at ${ledger}: custos projection status`)
    return exitCodes.done
  },
}

async function askNow(
  paths: HomePaths,
  sql: string,
  rows: number,
): Promise<{ readonly ledger: number; readonly answer: Result<QueryAnswer, string> }> {
  const { state, ledger } = projectionLag(paths)
  if (state === null)
    throw usageFailure('there are no tables yet', 'have them kept with: custos projection on')
  return { ledger, answer: await askProjection({ file: projectionFile(paths), sql, rows }) }
}

function shown(rows: readonly { readonly [column: string]: unknown }[]): readonly string[] {
  const [first] = rows
  if (first === undefined) return []
  const columns = Object.keys(first)
  return table([columns.map(visible), ...rows.map((row) => columns.map((column) => cell(row[column])))])
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '-'
  const text = visible(typeof value === 'string' ? value : JSON.stringify(value))
  return text.length > cellCharacters ? `${text.slice(0, cellCharacters)}…` : text
}
