/**
 * Takes away a tree that a program made, which may be built to be in the way: folders that nobody may look
 * into, links to where nothing must be deleted. Every folder is held while it is emptied, so only what is in
 * it goes, and its owner's own mode bits are set first.
 */
import { isUtf8 } from 'node:buffer'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  constants,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs'
import { at, itself, namesIn, openFolderAt, statAt } from './held-folder.ts'

/** Opens only the name: works whatever the folder's mode is. Not among Node's constants. */
const nameOnly = 0o10000000

/** As many folders, one in the other, are held at a time: descriptors and the stack are bounded, what is nested is not. */
const mostHeld = 64

/**
 * Removes `name` in a held folder and all that is in it; nothing when it is not there. Throws what the system says.
 * However deep the tree is: what lies deeper than we hold folders is brought up and comes next.
 */
export function removeTreeAt(folder: number, name: string): void {
  const top = removeOrOpen(folder, name)
  if (top === null) return
  try {
    const waiting = [...namesIn(top)]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      removeWithin(top, top, next, 1, waiting)
    }
  } finally {
    closeSync(top)
  }
  rmdirSync(at(folder, name))
}

/** Removes `name` in a folder that lies `depth` deep; what is too deep becomes a further name in `top`. */
function removeWithin(top: number, folder: number, name: string, depth: number, waiting: string[]): void {
  const inner = removeOrOpen(folder, name)
  if (inner === null) return
  try {
    for (const child of namesIn(inner)) {
      if (depth < mostHeld) removeWithin(top, inner, child, depth + 1, waiting)
      else raise(inner, child, top, waiting)
    }
  } finally {
    closeSync(inner)
  }
  rmdirSync(at(folder, name))
}

/** A folder that can be moved is one that can be written to. */
function raise(from: number, child: string, top: number, waiting: string[]): void {
  const stats = statAt(from, child)
  if (stats === null) return
  if (!stats.isDirectory()) return unlinkSync(at(from, child))
  const name = `raised-${randomBytes(8).toString('hex')}`
  makeAccessible(from, child, stats.mode)
  renameSync(at(from, child), at(top, name))
  waiting.push(name)
}

/** Opens a folder whose names can all be used, or removes what is none. The caller closes it. */
function removeOrOpen(folder: number, name: string): number | null {
  const stats = statAt(folder, name)
  if (stats === null) return null
  if (!stats.isDirectory()) {
    unlinkSync(at(folder, name))
    return null
  }
  makeAccessible(folder, name, stats.mode)
  const inner = openFolderAt(folder, name)
  giveReadableNames(inner)
  return inner
}

/** Renames what has a name that is no UTF-8, for such a name does not lead back to what it names. */
function giveReadableNames(folder: number): void {
  for (const name of readdirSync(itself(folder), { encoding: 'buffer' })) {
    if (isUtf8(name)) continue
    const bytes = Buffer.concat([Buffer.from(`/proc/self/fd/${folder}/`), name])
    renameSync(bytes, at(folder, `unreadable-${randomBytes(8).toString('hex')}`))
  }
}

/** Gives the owner of the folder `name` every right to it, if it lacks one. */
export function makeAccessible(folder: number, name: string, mode: number): void {
  if ((mode & 0o700) !== 0o700) setFolderMode(folder, name, (mode & 0o7777) | 0o700)
}

/** Sets the mode of the folder `name`, whatever it is now and never through a link. */
export function setFolderMode(folder: number, name: string, mode: number): void {
  const flags = nameOnly | constants.O_DIRECTORY | constants.O_NOFOLLOW
  const held = openSync(at(folder, name), flags)
  try {
    chmodSync(`/proc/self/fd/${held}`, mode)
  } finally {
    closeSync(held)
  }
}
