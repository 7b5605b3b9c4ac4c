/**
 * The end of a run's process. While changes wait, the process stays and holds only what committing them needs; when
 * nothing is left to decide it is ended, its token is worth nothing any more, and its folder is removed.
 */
import { closeSync, existsSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { openFolder } from '../../sandbox/changes/held-folder.ts'
import { removeTreeAt } from '../../sandbox/changes/remove-tree.ts'
import type { HomePaths } from '../home.ts'
import type { ParentLink } from './parent-link.ts'
import { attachParent } from './parent-link.ts'
import type { RunRecord } from './run-record.ts'
import { isHeld, listRunRecords, runFolder, writePrivate, writeRunRecord } from './run-record.ts'
import { agentTokenFile } from './standing-agent.ts'

/** Ends the run's process as its parent, if the parent's token lies in the home, and removes the run's folder. */
export async function endRun(paths: HomePaths, record: RunRecord, reason: string): Promise<void> {
  const token = kept(agentTokenFile(paths.state, record.agent))
  if (token !== null) {
    const parent = await attachParent(paths, token).catch(() => null)
    await parent?.end(record.process, reason).catch(() => {})
    parent?.close()
  }
  removeRunFolder(paths.state, record.run)
}

/** Removes everything of a run. What a program made there may be in the way, and is not followed anywhere. */
export function removeRunFolder(home: string, run: string): void {
  const runs = openFolder(realpathSync(join(home, 'runs')))
  try {
    removeTreeAt(runs, run)
  } finally {
    closeSync(runs)
  }
}

/** Says of runs whose `custos run` died that they are over, so that their changes can be decided. Returns all records. */
export function closeAbandoned(home: string, now: number): readonly RunRecord[] {
  return listRunRecords(home).map((record) => {
    if (record.endedAt !== null || isHeld(record)) return record
    const closed = { ...record, endedAt: now }
    writeRunRecord(runFolder(home, record.run), closed)
    return closed
  })
}

/** Whether it is over and nobody says how it ended: whoever ends in good order leaves a status. */
export function isAbandoned({ endedAt, status }: RunRecord): boolean {
  return endedAt !== null && status === null
}

/** The mark of a run that is over and whose process nobody could be told of. */
const toEnd = 'to-end'

/** Leaves a run of which nothing is left to decide to whoever next runs something for the same agent. */
export function leaveForLater(home: string, run: string): void {
  writePrivate(join(runFolder(home, run).folder, toEnd), '')
}

/** Ends what was left so among `records`, as its parent, and removes it. */
export async function endLeftOver(
  home: string,
  parent: ParentLink,
  records: readonly RunRecord[],
): Promise<void> {
  for (const { run, agent, process } of records) {
    if (agent !== parent.name || !existsSync(join(runFolder(home, run).folder, toEnd))) continue
    await parent.end(process, 'nothing was changed')
    removeRunFolder(home, run)
  }
}

function kept(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return null
  }
}
