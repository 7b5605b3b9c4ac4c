/**
 * Decides what has to be prepared before bubblewrap can begin, and says it in the words of the stage program. A
 * plain user needs that for copy-on-write views only. For root everything that a boundary names goes this way: the
 * program inside runs as a user who owns nothing, and is given exactly the named folders as if it owned them.
 */
import { chmodSync, chownSync, lstatSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { CopyOnWriteView } from '../boundary.ts'
import type { Architecture } from '../seccomp/syscalls.ts'
import { stageCalls, stageFolder, stageProgram } from './stage-program.ts'

/** As whom everything inside runs, as the machine sees it. */
export interface Identity {
  /** `root`: we are root, and the ids are of a user that exists nowhere else. */
  readonly starter: 'user' | 'root'
  readonly uid: number
  readonly gid: number
}

/** What to prepare. */
export interface StageRequest {
  readonly identity: Identity
  readonly architecture: Architecture
  /** Paths of the host, to be shown as they are; only asked for when the starter is root. */
  readonly shown: readonly string[]
  readonly views: readonly CopyOnWriteView[]
  /** Whether ^C at the terminal is for the program alone. */
  readonly keepsTerminal: boolean
  /** Files of control groups to write `0` to, so that everything from here on is in them. */
  readonly entrances: readonly string[]
}

/** What bubblewrap takes instead of the paths themselves. */
export interface Stage {
  /** Command up to where bubblewrap's own words follow. */
  readonly command: readonly string[]
  /** Prepared place by path. */
  readonly places: ReadonlyMap<string, string>
}

/** Where Perl is on every system that has it. */
export const perl = '/usr/bin/perl'

/** The folder in a store that holds the changes. */
export const upperFolder = 'upper'

/** The folder in a store that the kernel needs while the view is mounted. */
export const workFolder = 'work'

/** The words for all of `request`. Stores must have been made. */
export function planStage(request: StageRequest): Stage {
  const { identity, architecture, shown, views, keepsTerminal, entrances } = request
  const places = new Map<string, string>()
  const words = entrances.flatMap((file) => ['enter', file])
  if (keepsTerminal) words.push('keep')
  let count = 0
  const bind = (path: string, owner: string): number => {
    const { uid, gid } = lstatSync(owner)
    words.push('bind', String(count), path, String(uid), String(gid))
    return count++
  }
  for (const path of shown) places.set(path, join(stageFolder, String(bind(path, path))))
  for (const { path, store, isThrownAway } of views) {
    const [lower, changes] = [bind(path, path), bind(store, join(store, upperFolder))]
    words.push(isThrownAway === true ? 'passing' : 'view', String(count), String(lower), String(changes))
    places.set(path, join(stageFolder, String(count++)))
  }
  const { starter, uid, gid } = identity
  const fixed = [stageCalls(architecture), String(process.pid), starter, String(uid), String(gid)]
  return { command: [perl, '-e', stageProgram, ...fixed, ...words, '--'], places }
}

/**
 * Makes a store. What is changed in it belongs to the owner of the viewed folder, whoever starts this, so that
 * changes can be compared and taken over as they are. Throws what the file system says.
 */
export function makeStore({ path, store }: CopyOnWriteView): void {
  const { uid, gid, mode } = lstatSync(path)
  for (const folder of [store, join(store, upperFolder), join(store, workFolder)]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (process.getuid?.() === 0) chownSync(folder, uid, gid)
  }
  // The folder itself is seen with the mode and owner of its upper one.
  chmodSync(join(store, upperFolder), mode & 0o777)
}

/** Left by the kernel without any right, even for its owner; the deeper ones by views that are thrown away. */
const leftInWork = ['work', 'work/incompat', 'work/incompat/volatile'] as const

/** Takes away what only a mounted view needs. Never throws. */
export function clearStore({ store }: CopyOnWriteView): void {
  const work = join(store, workFolder)
  for (const left of leftInWork) {
    try {
      chmodSync(join(work, left), 0o700)
    } catch {
      // Not there when the view was never mounted.
    }
  }
  try {
    rmSync(work, { recursive: true, force: true })
  } catch {
    // What is left is empty and is used again by the next view on this store.
  }
}
