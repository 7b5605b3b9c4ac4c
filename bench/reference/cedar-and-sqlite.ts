/**
 * What one builds first: Cedar judges each call, and SQLite records it before it is answered. Ten policies, parsed
 * once, of which one allows the call by the same two arguments; one row for each call in a transaction of its own,
 * written ahead and flushed (`synchronous=FULL`). Nothing is sealed, chained or committed to, and there is no
 * capability to look up.
 */
import { join } from 'node:path'
import { callArguments } from '../kernel/example-call.ts'
import { temporaryFolder } from '../measure/temporary-folder.ts'
import type { Installed } from './installed.ts'

/** Name of the reference in the tables. */
export const cedarAndSqliteName = 'cedar-wasm, 10 policies + better-sqlite3 FULL'

interface Cedar {
  preparsePolicySet(id: string, policies: { readonly staticPolicies: string }): { readonly type: string }
  statefulIsAuthorized(call: object): {
    readonly type: string
    readonly response?: { readonly decision: string }
  }
}

interface Database {
  pragma(text: string): unknown
  exec(text: string): unknown
  prepare(text: string): { run(...values: readonly (string | number)[]): unknown }
  close(): void
}

/** A judge and a table in this process. */
export interface CedarAndSqlite {
  /** Judges one call, records it durably and answers. Throws unless it was allowed. */
  call(): void
  close(): void
}

/** Opens both over a new temporary file. */
export function openCedarAndSqlite(installed: Installed): CedarAndSqlite {
  const decide = openJudge(installed.load('@cedar-policy/cedar-wasm/nodejs') as Cedar)
  const folder = temporaryFolder()
  const open = installed.load('better-sqlite3') as new (path: string) => Database
  const database = new open(join(folder.path, 'calls.sqlite'))
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  database.exec(
    'CREATE TABLE calls (seq INTEGER PRIMARY KEY, at INTEGER, agent TEXT, action TEXT, entry TEXT)',
  )
  const argumentText = JSON.stringify(callArguments)
  const insert = database.prepare('INSERT INTO calls (at, agent, action, entry) VALUES (?, ?, ?, ?)')
  return {
    call() {
      const context = JSON.parse(argumentText) as object
      const decision = decide(context)
      insert.run(Date.now(), 'bob', 'write_note', JSON.stringify({ context, decision }))
    },
    close() {
      database.close()
      folder.remove()
    },
  }
}

const policySet = 'bench'
const others = Array.from(
  { length: 9 },
  (_, index) =>
    `permit(principal == Agent::"agent-${index}", action == Action::"read_note", resource)
     when { context.path like "/data/shelf-${index}/*" };`,
)
const ours = `permit(principal == Agent::"bob", action == Action::"write_note", resource == Driver::"notes")
  when { context.path like "/data/notes/*" && (context.mode == "append" || context.mode == "replace") };`

function openJudge(cedar: Cedar): (context: object) => string {
  const parsed = cedar.preparsePolicySet(policySet, { staticPolicies: [ours, ...others].join('\n') })
  if (parsed.type !== 'success') throw new Error(`Cedar did not take the policies: ${JSON.stringify(parsed)}`)
  const request = {
    principal: { type: 'Agent', id: 'bob' },
    action: { type: 'Action', id: 'write_note' },
    resource: { type: 'Driver', id: 'notes' },
    preparsedPolicySetId: policySet,
    entities: [],
  }
  return (context) => {
    const { response } = cedar.statefulIsAuthorized({ ...request, context })
    if (response?.decision !== 'allow') throw new Error('Cedar did not allow the call')
    return response.decision
  }
}
