/**
 * Everything that a person should look at before changes are committed. A flag forbids nothing; it keeps a
 * change from being taken along unseen. What is flagged follows from the paths, the modes, where links lead
 * and a few contents, and never from anything the program says about itself.
 */
import type { Change, Flag } from '../change.ts'
import { nameOf, parentOf, under } from '../change.ts'
import type { FoundChange } from '../found-change.ts'
import { namesIn, openFolderBelow, withParentOf } from '../held-folder.ts'
import { readText } from '../thing-state.ts'
import { closeSync } from 'node:fs'
import { contentFlags, hasTellingContents } from './content-flags.ts'
import type { LookAt } from './link-lead.ts'
import { leadOf, lookInFolder } from './link-lead.ts'
import { foldedName, isExample, nameFlags, pathFlags } from './path-flags.ts'

/** What flags are judged by: sorted changes, and both folders held open. */
export interface Flagging {
  readonly folder: string
  readonly changes: readonly FoundChange[]
  readonly upper: number
  readonly lower: number
}

/** The flags of every change, in the order of the changes. */
export function flagsOf(flagging: Flagging): readonly (readonly Flag[])[] {
  const byPath = new Map(flagging.changes.map((change) => [change.path, change]))
  const links = linkJudge(flagging, byPath)
  const sharing = sharedFiles(flagging.changes)
  const clashes = clashingNames(flagging)
  return flagging.changes.map((change) => [
    ...nameFlags(change.path),
    ...(clashes.get(change.path) ?? []),
    ...placeFlags(change),
    ...modeFlags(change),
    ...links(change),
    ...(sharing.get(change.path) ?? []),
    ...textFlags(change, flagging),
  ])
}

/** A folder that stands in a telling place says nothing that what is in it does not say. */
function placeFlags(change: FoundChange): readonly Flag[] {
  const isOnlyFolder = (change.after ?? change.before)?.kind === 'folder' && change.change !== 'type-changed'
  return isOnlyFolder ? [] : pathFlags(change.path)
}

function modeFlags({ path, before, after, specialBits }: FoundChange): readonly Flag[] {
  const flags: Flag[] = []
  const isNew = before === null || before.kind !== 'file' || (before.mode & 0o111) === 0
  if (after?.kind === 'file' && (after.mode & 0o111) !== 0 && isNew && !isExample(path)) {
    flags.push({ kind: 'executable', detail: 'it can be run' })
  }
  if (specialBits !== 0 && after?.kind !== 'folder') {
    flags.push({ kind: 'special-bits', detail: 'its set-user-id or like bits are not taken along' })
  }
  return flags
}

function linkJudge(
  { folder }: Flagging,
  byPath: ReadonlyMap<string, Pick<Change, 'after'>>,
): (change: FoundChange) => readonly Flag[] {
  const before = lookInFolder(folder)
  const after: LookAt = (path) => {
    const change = byPath.get(path)
    if (change === undefined) return before(path)
    if (change.after === null) return null
    return { target: change.after.kind === 'link' ? change.after.target : null }
  }
  return ({ path, after: state }) => {
    if (state?.kind !== 'link') return []
    // Taken alone or with everything else: neither may lead out unseen.
    const lead = leadOf(path, state.target, folder, after) || leadOf(path, state.target, folder, before)
    return lead === '' ? [] : [{ kind: 'link-out', detail: `${lead}: ${state.target}` }]
  }
}

/** Files that have more than one name, which a commit makes separate files of. */
function sharedFiles(changes: readonly FoundChange[]): ReadonlyMap<string, readonly Flag[]> {
  const first = new Map<string, string>()
  const flags = new Map<string, readonly Flag[]>()
  for (const { path, afterIdentity, beforeNames } of changes) {
    if (beforeNames > 1) {
      flags.set(path, [{ kind: 'hard-link', detail: 'its other names keep what it was' }])
    } else if (afterIdentity !== '') {
      const other = first.get(afterIdentity)
      if (other === undefined) first.set(afterIdentity, path)
      else
        flags.set(path, [{ kind: 'hard-link', detail: `one file with ${other}; it becomes one of its own` }])
    }
  }
  return flags
}

/** New names that some disks cannot tell from another name in the same folder. */
function clashingNames({ changes, lower }: Flagging): ReadonlyMap<string, readonly Flag[]> {
  const added = changes.filter(({ change }) => change === 'added')
  const removed = new Set(changes.filter(({ after }) => after === null).map(({ path }) => path))
  const folders = Map.groupBy(added, ({ path }) => parentOf(path))
  const flags = new Map<string, readonly Flag[]>()
  for (const [folder, members] of folders) {
    const names = membersOf(lower, folder).filter((name) => !removed.has(under(folder, name)))
    const seen = new Map(names.map((name) => [foldedName(name), name]))
    for (const { path } of members) {
      const name = nameOf(path)
      const other = seen.get(foldedName(name))
      if (other === undefined) seen.set(foldedName(name), name)
      else if (other !== name)
        flags.set(path, [{ kind: 'same-name', detail: `some disks cannot tell it from ${other}` }])
    }
  }
  return flags
}

function membersOf(lower: number, folder: string): readonly string[] {
  try {
    const opened = openFolderBelow(lower, folder)
    try {
      return namesIn(opened)
    } finally {
      closeSync(opened)
    }
  } catch {
    return []
  }
}

function textFlags(change: FoundChange, { upper, lower }: Flagging): readonly Flag[] {
  const { path, before, after } = change
  if (after?.kind !== 'file' || change.change === 'mode-changed' || !hasTellingContents(path)) return []
  return contentFlags(path, {
    before: textBelow(lower, path, before),
    after: textBelow(upper, path, after),
  })
}

/** The text of the file at `path` below a held folder, or null when it cannot be had as it was listed. */
export function textBelow(folder: number, path: string, state: Change['before']): string | null {
  try {
    return withParentOf(folder, path, (parent) => readText(parent, nameOf(path), state))
  } catch {
    return null
  }
}
