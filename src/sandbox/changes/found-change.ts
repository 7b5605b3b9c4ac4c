/**
 * Lays the tree of a store over the folder that it belongs to and says what differs. A file that was written
 * and is the same is no change. Removals are told thing by thing, down to the last file, because what is lost
 * is what a person decides about.
 */
import { closeSync } from 'node:fs'
import type { Stats } from 'node:fs'
import type { Change, ThingState } from './change.ts'
import { changeLimits, isSameState, under } from './change.ts'
import { namesIn, openFolderAt, statAt, systemReason } from './held-folder.ts'
import type { StoreNode } from './store-tree.ts'
import { readState } from './thing-state.ts'

/** A change with what only the reading of it can tell. */
export interface FoundChange extends Pick<Change, 'path' | 'change' | 'before' | 'after' | 'blocked'> {
  /** When the thing in the folder was last touched in any way, by the system's clock; 0 when there is none. */
  readonly beforeTouchedMs: number
  /** How many names the file in the folder has. */
  readonly beforeNames: number
  /** Device and number of a new file that has several names, or empty. */
  readonly afterIdentity: string
  /** Bits of the new mode that are not carried. */
  readonly specialBits: number
}

/** Stops a reading that goes beyond a limit or was told to stop; the message says why. */
export class ReadingStopped extends Error {
  override readonly name = 'ReadingStopped'
}

/** What a reading needs to go on and to stop. */
export interface Reading {
  /** Called for every change; may pause, so that the process stays responsive. Throws ReadingStopped. */
  readonly found: (change: FoundChange) => Promise<void>
  bytes: number
}

/** Tells `reading` of every difference that the nodes make to `lower`, null where nothing shows through. */
export async function findChanges(
  nodes: readonly StoreNode[],
  upper: number,
  lower: number | null,
  reading: Reading,
): Promise<void> {
  for (const node of nodes) {
    const below = lower === null || node.stats === null ? null : statAt(lower, node.name)
    if (node.stats === null) await reading.found(unreadable(node))
    else if (node.whiteout) {
      if (below !== null && lower !== null) await removeAll(lower, node.name, node.path, below, reading)
    } else if (node.stats.isDirectory()) await findInFolder(node, upper, lower, below, reading)
    else await findThing(node, upper, lower, below, reading)
  }
}

function unreadable(node: StoreNode): FoundChange {
  const after: ThingState = { kind: 'special', mode: 0, bytes: 0, digest: '', target: '', text: false }
  return { ...plain(node.path), change: 'added', before: null, after, blocked: node.unreadable }
}

function plain(
  path: string,
): Pick<FoundChange, 'path' | 'beforeTouchedMs' | 'beforeNames' | 'afterIdentity' | 'specialBits'> {
  return { path, beforeTouchedMs: 0, beforeNames: 0, afterIdentity: '', specialBits: 0 }
}

async function findInFolder(
  node: StoreNode,
  upper: number,
  lower: number | null,
  below: Stats | null,
  reading: Reading,
): Promise<void> {
  const isMerged = below?.isDirectory() === true
  await findThing(node, upper, lower, below, reading)
  if (node.unreadable !== '') return
  const upperFolder = openOrNull(upper, node.name)
  if (upperFolder === null) return
  const lowerFolder = isMerged && lower !== null ? openOrNull(lower, node.name) : null
  try {
    await findChanges(node.children, upperFolder, lowerFolder, reading)
    if (!node.hides || lowerFolder === null) return
    const kept = new Set(node.children.map(({ name }) => name))
    for (const name of namesIn(lowerFolder)) {
      const stats = kept.has(name) ? null : statAt(lowerFolder, name)
      if (stats !== null) await removeAll(lowerFolder, name, under(node.path, name), stats, reading)
    }
  } finally {
    closeSync(upperFolder)
    if (lowerFolder !== null) closeSync(lowerFolder)
  }
}

function openOrNull(folder: number, name: string): number | null {
  try {
    return openFolderAt(folder, name)
  } catch {
    return null
  }
}

async function findThing(
  node: StoreNode,
  upper: number,
  lower: number | null,
  below: Stats | null,
  reading: Reading,
): Promise<void> {
  const { stats, name, path } = node
  if (stats === null) return
  const before = below === null || lower === null ? null : stateOf(lower, name, below, reading)
  const after = stateOf(upper, name, stats, reading)
  if (after === null) return
  const specialBits = stats.isSymbolicLink() ? 0 : stats.mode & 0o7000 & ~((below?.mode ?? 0) & 0o7000)
  const change = changeBetween(before?.state ?? null, after.state)
  const blocked = node.unreadable || after.problem || (before?.problem ?? '') || refusalOf(after.state)
  if (change === null && blocked === '' && (specialBits === 0 || stats.isDirectory())) return
  await reading.found({
    path,
    change: change ?? 'mode-changed',
    before: before?.state ?? null,
    after: after.state,
    blocked: blocked || (change === null ? 'special bits of a mode are not carried' : ''),
    // A folder is touched by whatever happens in it, which is told of what it happens to.
    beforeTouchedMs: below === null || below.isDirectory() ? 0 : below.ctimeMs,
    beforeNames: below?.isFile() === true ? below.nlink : 0,
    afterIdentity: stats.isFile() && stats.nlink > 1 ? `${stats.dev}:${stats.ino}` : '',
    specialBits,
  })
  if (below?.isDirectory() !== true || stats.isDirectory() || lower === null) return
  const replaced = openOrNull(lower, name)
  if (replaced !== null) await removeWithin(replaced, path, reading)
}

function refusalOf(state: ThingState): string {
  return state.kind === 'special' ? 'devices, pipes and sockets are never committed' : ''
}

function changeBetween(before: ThingState | null, after: ThingState): Change['change'] | null {
  if (before === null) return 'added'
  if (before.kind !== after.kind) return 'type-changed'
  if (isSameState(before, after)) return null
  return isSameState({ ...before, mode: after.mode }, after) ? 'mode-changed' : 'modified'
}

interface StateRead {
  readonly state: ThingState
  /** Why it is not fully known, or empty. */
  readonly problem: string
}

/** The state of a thing, or null when it went away while it was looked at. Counts what it reads. */
function stateOf(folder: number, name: string, stats: Stats, reading: Reading): StateRead | null {
  reading.bytes += stats.isFile() ? stats.size : 0
  if (reading.bytes > changeLimits.bytes) throw new ReadingStopped('the changes are too large to be read')
  try {
    return { state: readState(folder, name, stats), problem: '' }
  } catch (problem) {
    const reason = systemReason(problem)
    if (reason === 'ENOENT') return null
    const state: ThingState = { kind: kindOf(stats), mode: 0, bytes: 0, digest: '', target: '', text: false }
    return { state, problem: `it cannot be read (${reason})` }
  }
}

function kindOf(stats: Stats): ThingState['kind'] {
  if (stats.isDirectory()) return 'folder'
  if (stats.isSymbolicLink()) return 'link'
  return stats.isFile() ? 'file' : 'special'
}

/** Tells that `name` and all that is in it are gone. */
async function removeAll(
  lower: number,
  name: string,
  path: string,
  stats: Stats,
  reading: Reading,
): Promise<void> {
  const before = stateOf(lower, name, stats, reading)
  if (before === null) return
  const folder = stats.isDirectory() ? openOrNull(lower, name) : null
  const closed = stats.isDirectory() && folder === null ? 'it cannot be opened' : ''
  await reading.found({
    ...plain(path),
    change: 'removed',
    before: before.state,
    after: null,
    blocked: before.problem || closed,
    beforeTouchedMs: stats.isDirectory() ? 0 : stats.ctimeMs,
  })
  if (folder !== null) await removeWithin(folder, path, reading)
}

/** Tells that everything in the held folder is gone, and closes it. */
async function removeWithin(folder: number, path: string, reading: Reading): Promise<void> {
  try {
    if (path.split('/').length > changeLimits.depth) throw new ReadingStopped('the changes are too deep')
    for (const child of namesIn(folder)) {
      const stats = statAt(folder, child)
      if (stats !== null) await removeAll(folder, child, under(path, child), stats, reading)
    }
  } finally {
    closeSync(folder)
  }
}
