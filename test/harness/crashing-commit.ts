/**
 * Test program: commits everything in a store and kills itself at the named point, as a crash would. A process
 * of its own, because only the death of one shows what is left to those who come after.
 */
import { text } from 'node:stream/consumers'
import { listChanges } from '../../src/sandbox/changes/list-changes.ts'
import { commitChanges } from '../../src/sandbox/changes/commit/commit-changes.ts'

interface Task {
  readonly folder: string
  readonly store: string
  readonly journal: string
  readonly point: string
}

const { point, ...order } = JSON.parse(await text(process.stdin)) as Task
const listed = await listChanges(order.folder, order.store, {
  startedAtMs: Date.now() + 60_000,
  baseline: new Map(),
})
if (!listed.ok) throw new Error(listed.error)
const committed = await commitChanges({
  ...order,
  chosen: listed.value.changes.filter(({ blocked }) => blocked === ''),
  onPoint: (here) => {
    if (here === point) process.kill(process.pid, 'SIGKILL')
  },
})
if (!committed.ok) throw new Error(committed.error.message)
