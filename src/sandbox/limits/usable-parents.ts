/**
 * Which of the places for groups really take a process in. A folder may be writable and moving into it still
 * refused, by who owns the group we come from or by how its parent hands controllers on; so one shell moves
 * itself into a trial group of each, once per process of ours. The system takes its time over that, and whoever asks
 * can do something else meanwhile.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { GroupParents } from './group-folders.ts'
import { parentFolders } from './group-folders.ts'
import { groupName, removeFolder } from './leftovers.ts'
import { entrancesOf } from './process-limits.ts'

const attempt =
  'while [ $# -gt 0 ]; do if echo 0 >"$1"; then echo "${1%/*}"; fi; shift; done 2>/dev/null; cd /'

const mostMs = 5_000

/** The same places without those that do not work. */
export async function usableParents(parents: GroupParents): Promise<GroupParents> {
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
  const taken = new Set((await said(entrancesOf(folders))).split('\n'))
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

/** What the shell says that moves itself through `entrances`, when it is gone; nothing if it cannot be started. */
async function said(entrances: readonly string[]): Promise<string> {
  const shell = spawn('/bin/sh', ['-c', attempt, 'trial', ...entrances], {
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: mostMs,
  })
  const over = new Promise((resolve) => shell.once('close', resolve).once('error', resolve))
  const words = await text(shell.stdout).catch(() => '')
  await over
  return words
}
