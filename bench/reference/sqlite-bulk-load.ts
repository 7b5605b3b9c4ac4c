/**
 * SQLite as Node.js brings it, given the same four things to look events up by, in the way that is fastest for it: a new
 * file without journal and flush, all rows in one transaction, the four indexes when the rows are there. A row is an
 * event: what it is looked up by, and its record, which a query is after. It is in memory before the clock starts. The
 * ledger has the records already, so beside it stands a table of nothing but the numbers.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { temporaryFolder } from '../measure/temporary-folder.ts'

/** Names of the references in the tables. */
export const sqliteBulkLoadName = 'SQLite bulk load, four indexes'
export const sqliteNumbersName = 'SQLite bulk load of numbers alone, four indexes'

/** One event. */
export interface EventRow {
  readonly seq: number
  readonly at: number
  readonly process: number
  readonly capability: number
  readonly kind: number
  readonly operator: number
  /** Its bytes in the ledger. */
  readonly record: Uint8Array
}

/** Loads rows, again and again into a new file. */
export interface BulkLoader {
  /** Loads every row, with its record or without. Returns how many there are. */
  load(withRecord: boolean): number
  close(): void
}

const schema = `PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
CREATE TABLE events (seq INTEGER PRIMARY KEY, at INTEGER, process INTEGER, capability INTEGER, kind INTEGER, operator INTEGER, record BLOB);
BEGIN;`
const indexes = `CREATE INDEX by_process ON events (process, seq);
CREATE INDEX by_capability ON events (capability, seq);
CREATE INDEX by_kind ON events (kind, seq);
CREATE INDEX by_operator ON events (operator, seq);
COMMIT;`

/** A loader of `rows`. */
export function openBulkLoader(rows: readonly EventRow[]): BulkLoader {
  const folder = temporaryFolder()
  const path = join(folder.path, 'events.sqlite')
  return {
    load(withRecord) {
      rmSync(path, { force: true })
      const database = new DatabaseSync(path)
      database.exec(schema)
      const insert = database.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)')
      for (const { seq, at, process, capability, kind, operator, record } of rows)
        insert.run(seq, at, process, capability, kind, operator, withRecord ? record : null)
      database.exec(indexes)
      database.close()
      return rows.length
    },
    close: () => folder.remove(),
  }
}
