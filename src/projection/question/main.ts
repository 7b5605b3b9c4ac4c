/**
 * The process of one question: opens the projection for reading only, answers one statement, ends. Reading is all that
 * a statement can do: other files, settings and extensions are refused while it is compiled.
 */
import { constants, DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import type { Query, QueryEnd } from '../query-limits.ts'
import { queryLimits } from '../query-limits.ts'

const allowed = new Set([
  constants.SQLITE_SELECT,
  constants.SQLITE_READ,
  constants.SQLITE_FUNCTION,
  constants.SQLITE_RECURSIVE,
])

try {
  answer(JSON.parse(await text(process.stdin)) as Query)
} catch (problem) {
  process.stderr.write(`${problem instanceof Error ? problem.message : String(problem)}\n`)
  process.exitCode = 2
}

function answer({ file, sql, rows }: Query): void {
  const limits = { length: queryLimits.valueBytes, attach: 0 }
  const database = new DatabaseSync(file, { readOnly: true, timeout: 10_000, limits })
  // An older Node.js passes over an option that it does not know, and nothing may be unbounded.
  const bounds: { readonly length?: number; readonly attach?: number } | undefined = database.limits
  if (bounds?.length !== limits.length || bounds.attach !== limits.attach)
    throw new Error('this Node.js cannot bound what a question takes: use a newer release of its line')
  database.exec('BEGIN')
  const { seq = 0 } = database.prepare('SELECT seq FROM projected').get() ?? {}
  database.setAuthorizer((action) => (allowed.has(action) ? constants.SQLITE_OK : constants.SQLITE_DENY))
  let [printed, bytes, isCut] = [0, 0, false]
  for (const row of database.prepare(sql).iterate()) {
    const line = `${JSON.stringify(row, (_, value: unknown) => readable(value))}\n`
    bytes += Buffer.byteLength(line)
    isCut = printed >= rows || bytes > queryLimits.answerBytes
    if (isCut) break
    process.stdout.write(line)
    printed++
  }
  const end: QueryEnd = { seq: Number(seq), isCut }
  process.stdout.write(`${JSON.stringify(end)}\n`)
}

function readable(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value
}
