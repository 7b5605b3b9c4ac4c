/**
 * The service that commits what a run changed. It trusts nothing of what it is told: the changes are read anew
 * from the store, and only if they are, to the last byte, those whose digest was approved are they committed.
 * A commit that a crash interrupted is settled before anything else is done.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { Change } from '../../sandbox/changes/change.ts'
import type { ChangedRun } from '../../sandbox/changes/changed-run.ts'
import { changesOfRun, readChangedRun, rememberCommitted } from '../../sandbox/changes/changed-run.ts'
import { chooseChanges, digestOfChanges } from '../../sandbox/changes/chosen-changes.ts'
import { commitChanges } from '../../sandbox/changes/commit/commit-changes.ts'
import { recoverCommit } from '../../sandbox/changes/commit/recover.ts'
import type { Service, ServiceAnswer, ServiceCall } from '../service/service.ts'
import type { CommitArguments } from './commit-arguments.ts'
import { readCommitArguments } from './commit-arguments.ts'
import { commitSelector, workspaceDefinitions } from './workspace-definitions.ts'

/** Starts the service for a home, settling first what an earlier one left behind. */
export async function createWorkspaceService({ home }: { readonly home: string }): Promise<Service> {
  settleAll(home)
  const closing = new AbortController()
  // One after the other: two commits to one folder must not see each other half done.
  let last: Promise<unknown> = Promise.resolve()
  return {
    definitions: workspaceDefinitions,
    over: new Promise(() => {}),
    dispatch(call) {
      const signal = AbortSignal.any([call.signal, closing.signal])
      const answer = last.then(() => perform(home, { ...call, signal }))
      last = answer.catch(() => {})
      return answer
    },
    async close() {
      closing.abort()
      await last
    },
  }
}

function settleAll(home: string): void {
  let runs: readonly string[] = []
  try {
    runs = readdirSync(join(home, 'runs'))
  } catch {
    return
  }
  for (const run of runs) {
    const settled = recoverCommit(join(home, 'runs', run, 'commit.json'))
    if (!settled.ok) process.stderr.write(`workspace: ${settled.error}\n`)
    else if (settled.value.kept !== '') {
      process.stderr.write(`workspace: what was in the way was kept in ${settled.value.kept}\n`)
    }
  }
}

async function perform(home: string, call: ServiceCall): Promise<ServiceAnswer> {
  if (call.selector !== commitSelector) return failed(`there is no ${call.selector} here`)
  const read = readCommitArguments(call.arguments)
  if (!read.ok) return failed(read.error)
  const run = readChangedRun(home, read.value.run)
  if (!run.ok) return failed(run.error)
  const settled = recoverCommit(run.value.journal)
  if (!settled.ok) return failed(settled.error)
  const chosen = await approvedChanges(run.value, read.value, call.signal)
  if (!chosen.ok) return failed(chosen.error)
  const { folder, store, journal } = run.value
  const committed = await commitChanges({ folder, store, journal, chosen: chosen.value, signal: call.signal })
  if (!committed.ok) {
    const { message, isUnsettled } = committed.error
    return isUnsettled ? { outcome: 'in-doubt', reason: message, result: {} } : failed(message)
  }
  remember(run.value, chosen.value)
  return { outcome: 'done', result: { committed: chosen.value.length, digest: read.value.digest } }
}

/** What is committed stays so when it cannot be remembered; it may look like a conflict later. */
function remember(run: ChangedRun, chosen: readonly Change[]): void {
  try {
    rememberCommitted(run, chosen)
  } catch (problem) {
    process.stderr.write(`workspace: the commit could not be remembered: ${String(problem)}\n`)
  }
}

/** The changes that the arguments stand for, if they are still there and nothing else. */
async function approvedChanges(
  run: ChangedRun,
  approved: CommitArguments,
  signal: AbortSignal,
): Promise<Result<readonly Change[], string>> {
  if (run.folder !== approved.folder) return err(`run ${run.run} is not about ${approved.folder}`)
  const listed = await changesOfRun(run, signal)
  if (!listed.ok) return listed
  const chosen = chooseChanges(listed.value, approved.parts)
  if (!chosen.ok) return chosen
  const { value } = chosen
  if (value.length === 0) return err('there is nothing to commit')
  if (digestOfChanges(run.folder, value) !== approved.digest || value.length !== approved.entries) {
    return err('the changes are not those that were approved')
  }
  if (value.filter(({ flags }) => flags.length > 0).length !== approved.flagged) {
    return err('more or fewer of the changes need a look than was said')
  }
  const conflict = approved.parts.overwrite ? undefined : value.find(({ conflict }) => conflict !== '')
  return conflict === undefined ? ok(value) : err(`${conflict.path}: ${conflict.conflict}`)
}

function failed(reason: string): ServiceAnswer {
  return { outcome: 'failed', reason, result: { error: reason } }
}
