/**
 * Runs whose `custos run` died. Their programs died with it, but their processes in the kernel still hold all that a
 * running program holds. Whoever next runs something for the same agent puts that right: a run that changed nothing
 * is ended, and one whose changes wait keeps only what committing them needs.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { changesOfRun, readChangedRun } from '../../sandbox/changes/changed-run.ts'
import type { HomePaths } from '../home.ts'
import type { ParentLink } from './parent-link.ts'
import { attachParent } from './parent-link.ts'
import { commitSelector } from './run-authority.ts'
import { isAbandoned, removeRunFolder } from './run-end.ts'
import type { RunRecord } from './run-record.ts'
import { listRunRecords, runFolder, writePrivate } from './run-record.ts'

/** The mark of a run that was put right. */
const settled = 'settled'

/** Puts right what was abandoned by runs of the agent that `parent` is attached as. */
export async function settleAbandoned(paths: HomePaths, parent: ParentLink): Promise<void> {
  for (const record of listRunRecords(paths.state)) {
    if (record.agent !== parent.name || !isAbandoned(record)) continue
    const { folder } = runFolder(paths.state, record.run)
    if (existsSync(join(folder, settled))) continue
    if (await isUnchanged(paths.state, record)) {
      await parent.end(record.process, 'its holder died, and nothing was changed')
      removeRunFolder(paths.state, record.run)
    } else {
      await narrow(paths, parent, record)
      writePrivate(join(folder, settled), '')
    }
  }
}

async function isUnchanged(home: string, { run, folder }: RunRecord): Promise<boolean> {
  if (folder === '') return true
  const changed = readChangedRun(home, run)
  const listed = changed.ok ? await changesOfRun(changed.value) : changed
  return listed.ok && listed.value.changes.length === 0
}

/** Takes back everything but the committing of changes. A run that the kernel no longer knows holds nothing. */
async function narrow(paths: HomePaths, parent: ParentLink, { run }: RunRecord): Promise<void> {
  let child: ParentLink | null = null
  try {
    child = await attachParent(paths, readFileSync(runFolder(paths.state, run).token, 'utf8').trim())
    for (const { capability, selectors } of await child.held())
      if (!selectors.some(({ selector }) => selector === commitSelector)) await parent.revoke(capability)
  } catch {
    // It is over in the kernel, or its token is gone with it.
  } finally {
    child?.close()
  }
}
