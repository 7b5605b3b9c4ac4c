/**
 * What is done about a commit that a crash interrupted: until its journal says that it stands it is taken back
 * as a whole, and after that only the staging folder is left to clear. May itself be interrupted and repeated.
 */
import { closeSync } from 'node:fs'
import type { Result } from '../../../base/result.ts'
import { err, ok } from '../../../base/result.ts'
import { openFolder, statAt, systemReason } from '../held-folder.ts'
import { removeTreeAt } from '../remove-tree.ts'
import type { OnPoint } from './carry-out.ts'
import { takeBack } from './carry-out.ts'
import type { Journal } from './journal.ts'
import { readJournal, removeJournal } from './journal.ts'
import { makeDurable } from './make-durable.ts'
import { closeStage, openStage } from './stage.ts'

/** What was found and done. */
export interface Recovery {
  readonly was: 'nothing' | 'taken-back' | 'completed'
  /** Where things of somebody else's lie that were in the way, or empty. */
  readonly kept: string
}

/** Settles the commit that the journal at `path` tells of, if there is one. The error is a sentence. */
export function recoverCommit(path: string, onPoint: OnPoint = () => {}): Result<Recovery, string> {
  const journal = readJournal(path)
  if (!journal.ok) return journal
  if (journal.value === null) return ok({ was: 'nothing', kept: '' })
  try {
    return ok(settle(path, journal.value, onPoint))
  } catch (problem) {
    return err(
      `the commit that was under way in ${journal.value.folder} cannot be settled: ${systemReason(problem)}`,
    )
  }
}

function settle(path: string, journal: Journal, onPoint: OnPoint): Recovery {
  const folder = openFolder(journal.folder)
  try {
    const kept = journal.progress === 'applying' && !takeAllBack(folder, journal, onPoint)
    if (journal.progress === 'applying') makeDurable(folder)
    onPoint('settled')
    if (!kept) removeTreeAt(folder, journal.stage)
    onPoint('cleared')
    removeJournal(path)
    const was = journal.progress === 'applied' ? 'completed' : 'taken-back'
    return { was, kept: kept ? `${journal.folder}/${journal.stage}` : '' }
  } finally {
    closeSync(folder)
  }
}

/** Takes every step back, the last first. False when something of others' lies in the stage. */
function takeAllBack(folder: number, journal: Journal, onPoint: OnPoint): boolean {
  if (statAt(folder, journal.stage) === null) return true
  const stage = openStage(folder, journal.stage)
  let isClean = true
  try {
    for (const [index, step] of [...journal.steps.entries()].reverse()) {
      try {
        if (!takeBack(folder, stage, step, index, onPoint)) isClean = false
        onPoint(`taken back ${index}`)
      } catch (problem) {
        // Its folder is gone or is a link now: nowhere to put anything back, so what there is stays in the stage.
        if (!['ENOENT', 'ENOTDIR', 'ELOOP'].includes(systemReason(problem))) throw problem
        isClean = false
      }
    }
  } finally {
    closeStage(stage)
  }
  return isClean
}
