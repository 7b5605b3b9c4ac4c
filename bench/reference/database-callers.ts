/**
 * What people record calls with who have a server for it: emmett and DBOS, each in a process of its own, on one
 * PostgreSQL. Where that is missing there are no such references.
 */
import type { Child } from '../measure/child.ts'
import { startChild } from '../measure/child.ts'
import type { Slice } from '../measure/contest.ts'
import type { Installed } from './installed.ts'
import { openPostgresCluster } from './postgres-cluster.ts'

/** Name of emmett in the tables. */
export const emmettName = 'emmett-postgresql append'
/** Name of DBOS in the tables. */
export const dbosName = 'DBOS step'

/** One of them. */
export interface DatabaseCaller {
  readonly name: string
  /** Keeps `inFlight` operations under way for about `sliceMs`. */
  slice(inFlight: number, sliceMs: number): Promise<Slice>
}

/** Both of them, and the server under them. */
export interface DatabaseCallers {
  readonly callers: readonly DatabaseCaller[]
  close(): Promise<void>
}

const programs = [
  { name: emmettName, entry: 'emmett-process.ts', database: 'postgres' },
  { name: dbosName, entry: 'dbos-process.ts', database: 'dbos' },
]

/** Starts the three. */
export async function openDatabaseCallers(installed: Installed): Promise<DatabaseCallers | null> {
  const cluster = await openPostgresCluster()
  if (cluster === null) return null
  process.stderr.write(`bench: emmett and DBOS on PostgreSQL ${cluster.version}\n`)
  const children: Child[] = []
  const callers: DatabaseCaller[] = []
  for (const { name, entry, database } of programs) {
    const child = await startChild(new URL(entry, import.meta.url), {
      BENCH_REFERENCES: installed.folder,
      BENCH_DATABASE: cluster.url(database),
      NODE_OPTIONS: '--no-deprecation',
    })
    children.push(child)
    callers.push({ name, slice: (inFlight, sliceMs) => child.slice({ inFlight, sliceMs }) })
  }
  return {
    callers,
    async close() {
      for (const child of children) await child.end()
      await cluster.close()
    },
  }
}
