/**
 * The staging folder of a commit: in the folder itself, because only within one filesystem can a name be
 * replaced in one step. What will be put is copied here and checked against the digests that were approved;
 * what is taken away is moved here until the commit stands. The approved bytes are exactly those that were
 * read for the copy, so nothing that happens to the store afterwards matters.
 */
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import type { Stats } from 'node:fs'
import { invariant } from '../../../base/fault.ts'
import type { Change } from '../change.ts'
import { nameOf } from '../change.ts'
import { at, itself, openFileAt, openFolderAt, statAt, systemReason, withParentOf } from '../held-folder.ts'
import { setFolderMode } from '../remove-tree.ts'
import type { Step } from './commit-plan.ts'

/** The staging folder and its three parts, held open. */
export interface Stage {
  readonly name: string
  readonly own: number
  /** What is to be put, by the number of its step. */
  readonly fresh: number
  /** What was taken away. */
  readonly old: number
  /** What others put in the way, and nobody but them may delete. */
  readonly foreign: number
}

/** A commit that cannot be carried out; the message is for the person. */
export class CommitStopped extends Error {
  override readonly name = 'CommitStopped'
}

/** Makes the staging folder `name` in the held folder. Throws when the name is taken. */
export function makeStage(folder: number, name: string): Stage {
  fs.mkdirSync(at(folder, name), 0o700)
  const own = openFolderAt(folder, name)
  for (const part of ['new', 'old', 'foreign']) fs.mkdirSync(at(own, part), 0o700)
  fs.closeSync(own)
  return openStage(folder, name)
}

/** Opens a staging folder that was made before. Throws when it is not there as it was made. */
export function openStage(folder: number, name: string): Stage {
  const own = openFolderAt(folder, name)
  const [fresh, old, foreign] = ['new', 'old', 'foreign'].map((part) => openFolderAt(own, part))
  invariant(fresh !== undefined && old !== undefined && foreign !== undefined, 'three parts were opened')
  return { name, own, fresh, old, foreign }
}

/** Lets go of it. */
export function closeStage(stage: Stage): void {
  for (const held of [stage.fresh, stage.old, stage.foreign, stage.own]) fs.closeSync(held)
}

/** Whose the committed files become. */
export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** Copies what step `number` puts from the store into the stage. Throws CommitStopped when it is not what was approved. */
export function stageStep(
  stage: Stage,
  upper: number,
  step: Step,
  number: number,
  owner: Owner | null,
): void {
  const folders: { readonly place: string; readonly mode: number }[] = []
  for (const change of step.changes) {
    if (change.after === null) continue
    const place = `${number}${change.path.slice(step.path.length)}`
    withParentOf(stage.fresh, place, (parent) => stageThing(parent, nameOf(place), upper, change, owner))
    if (change.after.kind === 'folder') folders.push({ place, mode: change.after.mode })
  }
  // A folder's mode may forbid writing into it, and moving it; the topmost gets its own when it is in place.
  for (const { place, mode } of folders.reverse()) {
    if (place.includes('/'))
      withParentOf(stage.fresh, place, (parent) => finishFolder(parent, nameOf(place), mode))
  }
}

/** Gives the folder `name` its committed mode; what its parent handed down to it stays. */
export function finishFolder(parent: number, name: string, mode: number): void {
  const inherited = (statAt(parent, name)?.mode ?? 0) & 0o7000
  setFolderMode(parent, name, mode | inherited)
}

function stageThing(
  parent: number,
  name: string,
  upper: number,
  { path, after }: Change,
  owner: Owner | null,
): void {
  if (after === null) return
  switch (after.kind) {
    case 'folder':
      fs.mkdirSync(at(parent, name), 0o700)
      break
    case 'link':
      fs.symlinkSync(after.target, at(parent, name))
      break
    case 'file':
      copyApproved(parent, name, upper, path, after, owner)
      return
    case 'special':
      throw new CommitStopped(`${path} can never be committed`)
  }
  if (owner !== null) handOver(() => fs.lchownSync(at(parent, name), owner.uid, owner.gid))
}

function copyApproved(
  parent: number,
  name: string,
  upper: number,
  path: string,
  approved: { readonly digest: string; readonly mode: number },
  owner: Owner | null,
): void {
  const made = fs.openSync(at(parent, name), 'wx', 0o600)
  try {
    const source = openSource(upper, path)
    try {
      if (copyBytes(source.file, made) !== approved.digest) throw changed(path)
      if (owner !== null) handOver(() => fs.fchownSync(made, owner.uid, owner.gid))
      fs.fchmodSync(made, approved.mode)
      fs.futimesSync(made, source.stats.atime, source.stats.mtime)
    } finally {
      fs.closeSync(source.file)
    }
  } finally {
    fs.closeSync(made)
  }
}

/** Root of a namespace of its own knows only some owners; what it may not give away stays its own. */
function handOver(change: () => void): void {
  try {
    change()
  } catch (problem) {
    if (!['EPERM', 'EINVAL'].includes(systemReason(problem))) throw problem
  }
}

function openSource(upper: number, path: string): { readonly file: number; readonly stats: Stats } {
  const opened = fromStore(upper, path)
  if (opened === null) throw changed(path)
  return opened
}

function fromStore(upper: number, path: string): ReturnType<typeof openFileAt> {
  try {
    return withParentOf(upper, path, (folder) => openFileAt(folder, nameOf(path)))
  } catch {
    return null
  }
}

function changed(path: string): CommitStopped {
  return new CommitStopped(`${path} was changed after it was approved`)
}

const piece = Buffer.allocUnsafeSlow(1_048_576)

/** Copies an open file into another and returns the SHA-256 in hex of what was copied. */
function copyBytes(from: number, to: number): string {
  const hash = createHash('sha256')
  for (let offset = 0; ;) {
    const read = fs.readSync(from, piece, 0, piece.length, offset)
    if (read === 0) return hash.digest('hex')
    const part = piece.subarray(0, read)
    hash.update(part)
    for (let written = 0; written < read;) written += fs.writeSync(to, part, written)
    offset += read
  }
}

/** Whose a thing at `path` becomes: its predecessor's or its folder's owner when we may choose, else nobody chooses. */
export function ownerAt(folder: number, path: string): Owner | null {
  if (process.geteuid?.() !== 0) return null
  return withParentOf(folder, path, (parent) => {
    const { uid, gid } = statAt(parent, nameOf(path)) ?? fs.statSync(itself(parent))
    return { uid, gid }
  })
}
