/**
 * Carries out the steps of a commit and takes them back. Nothing is ever written in place: a name is made to
 * stand for something else, and what it stood for is kept until the whole commit stands. Where a step is can
 * be seen from what lies in the stage, so taking back needs no log of progress and can itself be interrupted.
 */
import { randomBytes } from 'node:crypto'
import { fstatSync, linkSync, renameSync, unlinkSync } from 'node:fs'
import type { Stats } from 'node:fs'
import { nameOf } from '../change.ts'
import { at, statAt, withParentOf } from '../held-folder.ts'
import { makeAccessible, setFolderMode } from '../remove-tree.ts'
import type { Step } from './commit-plan.ts'
import type { Stage } from './stage.ts'
import { CommitStopped, finishFolder } from './stage.ts'
import { expectedTree, isExpected } from './tree-check.ts'

/** Hears of a point at which the process could die; for tests. */
export type OnPoint = (point: string) => void

/** Carries out step `number` in the held folder. Throws CommitStopped, or what the system says, half done or not. */
export function carryOut(
  folder: number,
  stage: Stage,
  step: Step,
  number: number,
  onPoint: OnPoint = () => {},
): void {
  withParentOf(folder, step.path, (parent) => {
    if (fstatSync(parent).dev !== fstatSync(folder).dev) {
      throw new CommitStopped(`${step.path} lies on another filesystem than the folder`)
    }
    const name = nameOf(step.path)
    const [first] = step.changes
    if (step.kind === 'mode') {
      setMode(parent, name, first?.before?.mode ?? 0, first?.after?.mode ?? 0, step.path)
      return
    }
    takeAside(parent, name, stage, step, number)
    onPoint(`aside ${number}`)
    if (step.kind === 'remove') return
    renameSync(at(stage.fresh, String(number)), at(parent, name))
    if (first?.after?.kind === 'folder') finishFolder(parent, name, first.after.mode)
  })
}

/** Moves what is there aside, and stops if it is not what was approved to go. */
function takeAside(parent: number, name: string, stage: Stage, step: Step, number: number): void {
  const expected = expectedTree(step, 'before')
  const found = statAt(parent, name)
  if (found === null && expected.size === 0) return
  if (found === null || expected.size === 0) throw meanwhile(step)
  if (found.isDirectory()) makeAccessible(parent, name, found.mode)
  const slot = at(stage.old, String(number))
  // A file can take the place of another in one step; where a folder is involved there must be no name.
  const isReplaced = step.changes[0]?.after?.kind === 'file' && found.isFile()
  if (!isReplaced || !tryLink(at(parent, name), slot)) renameSync(at(parent, name), slot)
  if (!isExpected(stage.old, String(number), expected)) throw meanwhile(step)
}

/** A second name keeps the old file while the new one takes its first, so that no reader finds nothing. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch {
    return false
  }
}

function setMode(parent: number, name: string, from: number, to: number, path: string): void {
  const found = statAt(parent, name)
  if (found?.isDirectory() !== true || (found.mode & 0o777) !== from) throw meanwhile({ path })
  setFolderMode(parent, name, (found.mode & 0o7000) | to)
}

function meanwhile({ path }: Pick<Step, 'path'>): CommitStopped {
  return new CommitStopped(`${path} was changed in the folder meanwhile`)
}

/**
 * Takes step `number` back, however far it came, also if it was never begun or was taken back before. Returns
 * false when something of somebody else's was in the way and lies in the stage now. Throws what the system says.
 */
export function takeBack(
  folder: number,
  stage: Stage,
  step: Step,
  number: number,
  onPoint: OnPoint = () => {},
): boolean {
  return withParentOf(folder, step.path, (parent) => {
    const name = nameOf(step.path)
    if (step.kind === 'mode') return takeModeBack(parent, name, step)
    const slot = String(number)
    const isPut = step.kind === 'put' && statAt(stage.fresh, slot) === null
    const isWithdrawn = statAt(stage.foreign, slot) !== null
    const found = statAt(parent, name)
    const isClean =
      isPut && !isWithdrawn && found !== null ? withdraw(parent, found, stage, step, slot) : true
    onPoint(`withdrawn ${number}`)
    return restore(parent, stage, step, slot) && isClean && !isWithdrawn
  })
}

/** Takes away what we put; out of the stage's reach for deletion if it is not what we put any more. */
function withdraw(parent: number, found: Stats, stage: Stage, step: Step, slot: string): boolean {
  const name = nameOf(step.path)
  const isOurs = isExpected(parent, name, expectedTree(step, 'after'))
  if (found.isDirectory()) makeAccessible(parent, name, found.mode)
  renameSync(at(parent, name), at(isOurs ? stage.fresh : stage.foreign, slot))
  return isOurs
}

/** Puts back what was moved aside, if anything was. */
function restore(parent: number, stage: Stage, step: Step, slot: string): boolean {
  const name = nameOf(step.path)
  const old = statAt(stage.old, slot)
  if (old === null) return true
  const inTheWay = statAt(parent, name)
  if (inTheWay !== null && isOneFile(inTheWay, old)) {
    unlinkSync(at(stage.old, slot))
    return true
  }
  if (inTheWay !== null) {
    if (inTheWay.isDirectory()) makeAccessible(parent, name, inTheWay.mode)
    renameSync(at(parent, name), at(stage.foreign, `${slot}-${randomBytes(4).toString('hex')}`))
  }
  renameSync(at(stage.old, slot), at(parent, name))
  const mode = step.changes[0]?.before?.mode
  if (old.isDirectory() && mode !== undefined) finishFolder(parent, name, mode)
  return inTheWay === null
}

function isOneFile(one: Stats, other: Stats): boolean {
  return one.dev === other.dev && one.ino === other.ino
}

function takeModeBack(parent: number, name: string, { changes }: Step): boolean {
  const found = statAt(parent, name)
  const [change] = changes
  if (found?.isDirectory() !== true || change?.before === undefined || change.before === null) return true
  if ((found.mode & 0o777) !== change.after?.mode) return true
  setFolderMode(parent, name, (found.mode & 0o7000) | change.before.mode)
  return true
}
