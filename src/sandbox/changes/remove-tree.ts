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

/** Removes `name` in a held folder and all that is in it; nothing when it is not there. Throws what the system says. */
export function removeTreeAt(folder: number, name: string): void {
  const stats = statAt(folder, name)
  if (stats === null) return
  if (!stats.isDirectory()) {
    unlinkSync(at(folder, name))
    return
  }
  makeAccessible(folder, name, stats.mode)
  const inner = openFolderAt(folder, name)
  try {
    giveReadableNames(inner)
    for (const child of namesIn(inner)) removeTreeAt(inner, child)
  } finally {
    closeSync(inner)
  }
  rmdirSync(at(folder, name))
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
