/**
 * Gives changes up. All of them: the run's process ends and its store goes. Some of them: they are remembered
 * as not wanted, as they are now, and stay in the store as long as the run does, because a store that may be
 * in use is not written.
 */
import { dropChanges } from '../../sandbox/changes/changed-run.ts'
import { isWithin } from '../../sandbox/changes/change.ts'
import type { Context } from '../command.ts'
import { usageFailure } from '../exit.ts'
import { endRun } from '../run/run-end.ts'
import type { RunRecord } from '../run/run-record.ts'
import { isHeld, readRunRecord } from '../run/run-record.ts'
import { pathInFolder, readRunChanges } from './run-changes.ts'

/** Drops everything, or what lies at these paths; says how many changes that was. Fails as a command does. */
export async function dropRun(
  context: Context,
  run: string,
  paths: readonly string[],
): Promise<number | null> {
  const record = recordOf(context, run)
  if (paths.length === 0) {
    if (isHeld(record)) throw usageFailure(`run ${run} is still going`, 'wait for it, or end it: custos kill')
    await endRun(context.paths, record, 'its changes were dropped')
    return null
  }
  const changes = await readRunChanges(context.paths, run)
  const named = paths.map((path) => pathInFolder(path, changes.run.folder))
  const dropped = changes.pending.filter(({ path }) => named.some((folder) => isWithin(path, folder)))
  if (dropped.length === 0) throw usageFailure('nothing changed there', `see: custos changes show ${run}`)
  dropChanges(changes.run, dropped)
  await endIfNothingWaits(context, record)
  return dropped.length
}

/** The record of a run. Fails as a command does. */
export function recordOf({ paths }: Context, run: string): RunRecord {
  const record = readRunRecord(paths.state, run)
  if (record === null) throw usageFailure('there is no such run', 'see: custos changes')
  return record
}

/** Ends a run that is over and of which nothing is left to decide. True when it was ended. */
export async function endIfNothingWaits(context: Context, record: RunRecord): Promise<boolean> {
  if (isHeld(record)) return false
  const { pending } = await readRunChanges(context.paths, record.run)
  if (pending.length > 0) return false
  await endRun(context.paths, record, 'nothing is left to decide')
  return true
}
