/**
 * A run as far as its changes go: which folder, which store, and the few files beside it in which listings,
 * drops and commits keep what they must remember. Commands and the service that commits read the same, so
 * that what is shown, approved and carried out are one list.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isJsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { parseStrictJson } from '../../base/strict-json.ts'
import { baselineKey, readBaseline, writeBaseline } from './baseline.ts'
import type { Change, ChangeList } from './change.ts'
import { listChanges } from './list-changes.ts'

/** Where the changes of one run are. */
export interface ChangedRun {
  readonly run: string
  /** Canonical absolute path of the folder that the run saw its own view of. */
  readonly folder: string
  readonly store: string
  /** Milliseconds of the system's clock. */
  readonly startedAtMs: number
  /** What listings saw in the folder. */
  readonly baseline: string
  /** What a person does not want. */
  readonly dropped: string
  /** The journal of a commit under way. */
  readonly journal: string
}

const runId = /^[a-z0-9]{1,32}$/
const recordLimits = { maxBytes: 4_194_304, maxDepth: 4, maxValues: 65_536 }

/** Why a change that a person dropped is never committed. */
export const droppedReason = 'dropped'

/** The run called `run` in a home; the error is a sentence. */
export function readChangedRun(home: string, run: string): Result<ChangedRun, string> {
  if (!runId.test(run)) return err('that is not the name of a run')
  const own = join(home, 'runs', run)
  let bytes: Buffer
  try {
    bytes = readFileSync(join(own, 'record.json'))
  } catch {
    return err(`there is no run ${run}`)
  }
  const parsed = parseStrictJson(bytes, recordLimits)
  const record = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {}
  const { folder, store, startedAt } = record
  if (record['run'] !== run || typeof folder !== 'string' || typeof startedAt !== 'number') {
    return err(`the record of run ${run} cannot be read`)
  }
  if (folder === '') return err(`run ${run} had no view of a folder: it has no changes of its own`)
  // The store is where the run's own folder is, whatever the record says.
  if (store !== join(own, 'store')) return err(`the store of run ${run} is not where it belongs`)
  return ok({
    run,
    folder,
    store,
    startedAtMs: startedAt,
    baseline: join(own, 'baseline.json'),
    dropped: join(own, 'dropped.json'),
    journal: join(own, 'commit.json'),
  })
}

/** The changes of a run; those that were dropped are blocked as such. Remembers what it saw. */
export async function changesOfRun(
  run: ChangedRun,
  signal?: AbortSignal,
): Promise<Result<ChangeList, string>> {
  const baseline = readBaseline(run.baseline)
  const known = baseline.size
  const { startedAtMs } = run
  const stop = signal === undefined ? {} : { signal }
  const listed = await listChanges(run.folder, run.store, { startedAtMs, baseline, ...stop })
  if (!listed.ok) return listed
  // What is seen half-way through a commit is nothing to remember.
  if (baseline.size !== known && !existsSync(run.journal)) {
    try {
      writeBaseline(run.baseline, baseline)
    } catch (problem) {
      // What was not remembered could be taken for unchanged the next time.
      return err(`what was seen cannot be remembered: ${errorCode(problem)}`)
    }
  }
  const dropped = readBaseline(run.dropped)
  const changes = listed.value.changes.map((change) =>
    dropped.get(change.path) === baselineKey(change.after) ? { ...change, blocked: droppedReason } : change,
  )
  return ok({ folder: run.folder, changes })
}

function errorCode(problem: unknown): string {
  if (!(problem instanceof Error) || !('code' in problem)) throw problem
  return problem.code === 'ENOSPC' ? 'the disk of the home is full' : String(problem.code)
}

/** The changes that still wait for somebody. */
export function pendingChanges({ changes }: ChangeList): readonly Change[] {
  return changes.filter(({ blocked }) => blocked !== droppedReason)
}

/** Remembers that these changes, as they are now, are not wanted. Throws what the system says. */
export function dropChanges(run: ChangedRun, changes: readonly Change[]): void {
  const dropped = readBaseline(run.dropped)
  for (const { path, after } of changes) dropped.set(path, baselineKey(after))
  writeBaseline(run.dropped, dropped)
}

/** Remembers that these changes are in the folder now, so that they are no conflict. Throws what the system says. */
export function rememberCommitted(run: ChangedRun, changes: readonly Change[]): void {
  const baseline = readBaseline(run.baseline)
  for (const { path, after } of changes) baseline.set(path, baselineKey(after))
  writeBaseline(run.baseline, baseline)
}
