/**
 * Changes as lines for a person. Every path, target and line of text comes from the program and is made
 * visible first; what needs a look says so beside it and again in the summary.
 */
import { closeSync } from 'node:fs'
import { join } from 'node:path'
import type { Change, ThingState } from '../../sandbox/changes/change.ts'
import type { ChangedRun } from '../../sandbox/changes/changed-run.ts'
import { textBelow } from '../../sandbox/changes/flags/flags.ts'
import { openFolder } from '../../sandbox/changes/held-folder.ts'
import { visible } from '../escape.ts'
import { unifiedDiff } from './unified-diff.ts'

/** Text beyond this is named and not shown; whoever wants it asks for single paths. */
const mostTextBytes = 67_108_864

/** How many of which kind, and how many need a look. */
export function changeCounts(changes: readonly Change[]): string {
  if (changes.length === 0) return 'no changes'
  const kinds = new Map<string, number>()
  for (const { change } of changes) kinds.set(change, (kinds.get(change) ?? 0) + 1)
  const parts = [...kinds].map(([kind, count]) => `${count} ${kind}`)
  const notes = [
    [changes.filter(({ flags }) => flags.length > 0).length, 'to be looked at'],
    [changes.filter(({ conflict }) => conflict !== '').length, 'in conflict'],
    [changes.filter(({ blocked }) => blocked !== '').length, 'that cannot be committed'],
  ] as const
  const told = notes.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
  const noun = changes.length === 1 ? 'change' : 'changes'
  return `${changes.length} ${noun} (${parts.join(', ')})${told.length === 0 ? '' : `; ${told.join(', ')}`}`
}

/** One line for a change, and one for each remark on it. */
export function changeLines({
  path,
  change,
  before,
  after,
  flags,
  blocked,
  conflict,
}: Change): readonly string[] {
  const sizes = [before, after].flatMap((state) => (state === null ? [] : [stateWords(state)]))
  const what = sizes[0] === sizes[1] ? sizes.slice(0, 1) : sizes
  return [
    `${change.padEnd(12)} ${visible(path)}  (${what.join(' → ')})`,
    ...flags.map(({ kind, detail }) => `  ! ${kind}: ${visible(detail)}`),
    ...(conflict === '' ? [] : [`  ! conflict: ${visible(conflict)}`]),
    ...(blocked === '' ? [] : [`  ! cannot be committed: ${visible(blocked)}`]),
  ]
}

function stateWords({ kind, bytes, mode, target }: ThingState): string {
  switch (kind) {
    case 'file':
      return `${bytes} bytes, mode ${mode.toString(8)}`
    case 'link':
      return `link to ${visible(target)}`
    case 'folder':
      return `folder, mode ${mode.toString(8)}`
    case 'special':
      return 'device, pipe or socket'
  }
}

/** Gives the lines of the diff of one change after the other. */
export interface DiffSource extends Disposable {
  linesOf(change: Change): readonly string[]
}

/** Opens both sides of a run's changes for showing; dispose of it. Throws what the system says. */
export function openDiffs({ folder, store }: ChangedRun): DiffSource {
  const lower = openFolder(folder)
  let upper: number
  try {
    upper = openFolder(join(store, 'upper'))
  } catch (problem) {
    closeSync(lower)
    throw problem
  }
  let shownBytes = 0
  return {
    linesOf(change) {
      const { before, after } = change
      if (!isShown(before) || !isShown(after) || before?.digest === after?.digest) return []
      shownBytes += (before?.bytes ?? 0) + (after?.bytes ?? 0)
      if (shownBytes > mostTextBytes) return ['  (not shown: name its path to see it)']
      return diffLines(
        change,
        before === null ? '' : textBelow(lower, change.path, before),
        after === null ? '' : textBelow(upper, change.path, after),
      )
    },
    [Symbol.dispose]() {
      closeSync(lower)
      closeSync(upper)
    },
  }
}

function isShown(state: ThingState | null): boolean {
  return state === null || (state.kind === 'file' && state.text)
}

function diffLines({ path }: Change, before: string | null, after: string | null): readonly string[] {
  if (before === null || after === null) return ['  (not shown: it changed while it was read)']
  const name = visible(path)
  return [
    before === '' ? '--- /dev/null' : `--- a/${name}`,
    after === '' ? '+++ /dev/null' : `+++ b/${name}`,
    ...unifiedDiff(before, after).map(visibleLine),
  ]
}

/** The mark in front stays as it is, and a tab is a tab: terminals only move to the right for it. */
function visibleLine(line: string): string {
  return line.split('\t').map(visible).join('\t')
}
