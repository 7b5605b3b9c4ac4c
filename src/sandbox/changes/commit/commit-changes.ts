/**
 * Commits a choice of changes to their folder: all of it or nothing, whatever fails and whenever the process
 * dies. Copies first, checked against what was approved; then the journal says what is about to happen; then
 * names are made to stand for the new; then the journal says that it stands. Before that word it is taken
 * back, after it it stays.
 */
import { randomBytes } from 'node:crypto'
import { closeSync } from 'node:fs'
import { join } from 'node:path'
import type { Result } from '../../../base/result.ts'
import { err, ok } from '../../../base/result.ts'
import type { Change } from '../change.ts'
import { openFolder, systemReason } from '../held-folder.ts'
import { removeTreeAt } from '../remove-tree.ts'
import type { OnPoint } from './carry-out.ts'
import { carryOut } from './carry-out.ts'
import type { Step } from './commit-plan.ts'
import { planCommit } from './commit-plan.ts'
import { removeJournal, writeJournal } from './journal.ts'
import { makeDurable } from './make-durable.ts'
import { recoverCommit } from './recover.ts'
import type { Stage } from './stage.ts'
import { closeStage, CommitStopped, makeStage, ownerAt, stageStep } from './stage.ts'

/** What is committed where. */
export interface CommitOrder {
  /** Absolute and canonical. */
  readonly folder: string
  readonly store: string
  /** A closed choice of changes, as listed and approved. */
  readonly chosen: readonly Change[]
  /** Absolute path of the journal, in a private folder of ours. */
  readonly journal: string
  readonly signal?: AbortSignal
  /** Hears of every point at which the process could die; for tests. */
  readonly onPoint?: OnPoint
}

/** Why nothing was committed. */
export interface CommitProblem {
  readonly message: string
  /** True when even taking it back failed: the folder is in between until the journal is settled. */
  readonly isUnsettled: boolean
}

/** Steps between two pauses in which the process can hear that it should stop. */
const stepsPerTurn = 64

/** Commits. When it returns a value everything is on disk; otherwise the folder is as it was, unless it says so. */
export async function commitChanges(order: CommitOrder): Promise<Result<null, CommitProblem>> {
  const earlier = recoverCommit(order.journal)
  if (!earlier.ok) return err({ message: earlier.error, isUnsettled: true })
  try {
    await carryOutOrder(order)
    return ok(null)
  } catch (problem) {
    const message = problem instanceof CommitStopped ? problem.message : inWords(problem)
    const settled = recoverCommit(order.journal)
    if (!settled.ok) return err({ message: `${message}; ${settled.error}`, isUnsettled: true })
    if (settled.value.was === 'completed') return ok(null)
    const { kept } = settled.value
    const where = kept === '' ? '' : `; what others had put in its place was kept in ${kept}`
    return err({ message: `${message}${where}`, isUnsettled: false })
  }
}

/** What the system said, and what to do about it where that is known. */
function inWords(problem: unknown): string {
  const reason = systemReason(problem)
  const meaning = meanings.get(reason)
  return meaning === undefined ? reason : `${meaning} (${reason})`
}

const meanings: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'the folder, or one in it, cannot be written by the user that Custos runs as'],
  ['EPERM', 'the system forbids a change that the commit needs'],
  ['EROFS', 'the folder is on a file system that is only read'],
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the quota on the disk is used up'],
  ['ENOENT', 'the folder is not there any more, or changed while it was written'],
])

async function carryOutOrder(order: CommitOrder): Promise<void> {
  const { folder, journal } = order
  const steps = ordered(planCommit(order.chosen))
  const stage = `.custos-commit-${randomBytes(8).toString('hex')}`
  const at = (point: string): void => order.onPoint?.(point)
  const held = openFolder(folder)
  let upper = held
  try {
    upper = openFolder(join(order.store, 'upper'))
    writeJournal(journal, { version: 1, progress: 'staging', folder, stage, steps: [] })
    at('announced')
    const open = makeStage(held, stage)
    try {
      await eachStep(order, steps, (step, number) => {
        stageStep(open, upper, step, number, step.kind === 'put' ? ownerAt(held, step.path) : null)
        at(`staged ${number}`)
      })
      makeDurable(held)
      at('staged')
      writeJournal(journal, { version: 1, progress: 'applying', folder, stage, steps })
      at('intended')
      await applyAll(order, held, open, steps)
      makeDurable(held)
      at('applied')
      writeJournal(journal, { version: 1, progress: 'applied', folder, stage, steps: [] })
      at('stands')
    } finally {
      closeStage(open)
    }
    removeTreeAt(held, stage)
    at('cleared')
    removeJournal(journal)
  } finally {
    if (upper !== held) closeSync(upper)
    closeSync(held)
  }
}

async function applyAll(
  order: CommitOrder,
  held: number,
  stage: Stage,
  steps: readonly Step[],
): Promise<void> {
  await eachStep(order, steps, (step, number) => {
    carryOut(held, stage, step, number, order.onPoint)
    order.onPoint?.(`applied ${number}`)
  })
}

async function eachStep(
  { signal }: CommitOrder,
  steps: readonly Step[],
  body: (step: Step, number: number) => void,
): Promise<void> {
  for (const [number, step] of steps.entries()) {
    if (number % stepsPerTurn === 0) await new Promise((resolve) => void setImmediate(resolve))
    if (signal?.aborted === true) throw new CommitStopped('the commit was cancelled')
    body(step, number)
  }
}

/** A folder that is opened for writing comes first, and one that is closed to it last. */
function ordered(steps: readonly Step[]): readonly Step[] {
  const rank = ({ kind, changes }: Step): number => {
    if (kind !== 'mode') return 1
    return ((changes[0]?.after?.mode ?? 0) & 0o200) === 0 ? 2 : 0
  }
  return [...steps].sort((one, other) => rank(one) - rank(other))
}
