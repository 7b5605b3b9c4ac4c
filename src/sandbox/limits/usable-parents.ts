/**
 * Which of the places for groups really take a process in. A folder may be writable and moving into it still
 * refused, by who owns the group we come from or by how its parent hands controllers on; so one shell moves
 * itself into a trial group of each, once per process of ours, in about a millisecond.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { GroupParents } from './group-folders.ts'
import { parentFolders } from './group-folders.ts'
import { groupName, removeFolder } from './leftovers.ts'
import { entrancesOf } from './process-limits.ts'

const attempt =
  'while [ $# -gt 0 ]; do if echo 0 >"$1"; then echo "${1%/*}"; fi; shift; done 2>/dev/null; cd /'

/** The same places without those that do not work. */
export function usableParents(parents: GroupParents): GroupParents {
  const name = groupName('trial')
  const trials = parentFolders(parents).flatMap((folder) => {
    try {
      parents.makeFolder(join(folder, name))
      return [folder]
    } catch {
      return []
    }
  })
  if (trials.length === 0) return { ...parents, unified: null, legacy: new Map() }
  const folders = trials.map((folder) => join(folder, name))
  const { stdout } = spawnSync('/bin/sh', ['-c', attempt, 'trial', ...entrancesOf(folders)], {
    encoding: 'utf8',
    timeout: 5_000,
  })
  const taken = new Set((stdout ?? '').split('\n'))
  const works = (folder: string): boolean => taken.has(join(folder, name))
  // The shell is gone and was waited for, so its groups are empty.
  for (const folder of folders) removeFolder(folder)
  const { unified, legacy } = parents
  return {
    ...parents,
    unified: unified !== null && works(unified.folder) ? unified : null,
    legacy: new Map([...legacy].filter(([, folder]) => works(folder))),
  }
}
