/**
 * Folders held by their descriptor, and names looked up in them one at a time. A path that is read twice can
 * lead to two places when somebody swaps a folder for a link in between; a descriptor cannot, and
 * `/proc/self/fd/N/NAME` looks NAME up in exactly the folder that N holds. This is `openat` without native
 * code. Nothing here follows a link: a name that is one fails with ELOOP or ENOTDIR.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync } from 'node:fs'
import type { Stats } from 'node:fs'
import { parentOf } from './change.ts'

const folderFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW
/** Without O_NONBLOCK, opening a pipe that took a file's place would wait for ever. */
const fileFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** Opens the folder at an absolute canonical path. The caller closes it. Throws what the system says. */
export function openFolder(path: string): number {
  return openSync(path, folderFlags)
}

/** The one way to name what is in a held folder. Throws for anything that is not a plain name. */
export function at(folder: number, name: string): string {
  if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0')) {
    throw new Error(`not a name: ${JSON.stringify(name)}`)
  }
  return `/proc/self/fd/${folder}/${name}`
}

/** The path of the held folder itself, for calls that take one. */
export function itself(folder: number): string {
  return `/proc/self/fd/${folder}/.`
}

/** Opens a folder in a held folder. The caller closes it. */
export function openFolderAt(folder: number, name: string): number {
  return openSync(at(folder, name), folderFlags)
}

/** Opens the folder that `path`, relative to the held one, leads to without a link. The caller closes it. */
export function openFolderBelow(folder: number, path: string): number {
  let held = openSync(itself(folder), folderFlags)
  if (path === '') return held
  for (const name of path.split('/')) {
    try {
      const next = openFolderAt(held, name)
      closeSync(held)
      held = next
    } catch (problem) {
      closeSync(held)
      throw problem
    }
  }
  return held
}

/** A regular file in a held folder, opened for reading, with what it is. The caller closes it. */
export function openFileAt(
  folder: number,
  name: string,
): { readonly file: number; readonly stats: Stats } | null {
  const file = openSync(at(folder, name), fileFlags)
  const stats = fstatSync(file)
  if (stats.isFile()) return { file, stats }
  closeSync(file)
  return null
}

/** What `name` is, links not followed, or null when there is nothing. */
export function statAt(folder: number, name: string): Stats | null {
  return lstatSync(at(folder, name), { throwIfNoEntry: false }) ?? null
}

/** The names in a held folder, sorted. */
export function namesIn(folder: number): readonly string[] {
  return readdirSync(itself(folder)).sort()
}

/** Runs `body` with the folder that holds `path` and closes it again. */
export function withParentOf<T>(folder: number, path: string, body: (parent: number) => T): T {
  const parent = openFolderBelow(folder, parentOf(path))
  try {
    return body(parent)
  } finally {
    closeSync(parent)
  }
}

/** The system's code for what went wrong, or its message. */
export function systemReason(problem: unknown): string {
  return problem instanceof Error ? ((problem as NodeJS.ErrnoException).code ?? problem.message) : 'unknown'
}
