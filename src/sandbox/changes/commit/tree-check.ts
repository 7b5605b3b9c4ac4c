/**
 * Compares what stands at a name with what it is expected to be, to the last file. Asked of whatever is about
 * to be given up: only what was approved to go is deleted, and only what we put is taken back.
 */
import { closeSync } from 'node:fs'
import type { Change, ThingState } from '../change.ts'
import { isSameState, under } from '../change.ts'
import { namesIn, openFolderAt, statAt } from '../held-folder.ts'
import { readState } from '../thing-state.ts'
import type { Step } from './commit-plan.ts'

/** States by path below the thing itself, whose own path is empty. */
export type ExpectedTree = ReadonlyMap<string, ThingState>

/** What `step` expects to find, or leaves behind. */
export function expectedTree(step: Pick<Step, 'path' | 'changes'>, side: 'before' | 'after'): ExpectedTree {
  const entries = step.changes.flatMap((change: Pick<Change, 'path' | 'before' | 'after'>) => {
    const state = change[side]
    return state === null ? [] : [[change.path.slice(step.path.length + 1), state] as const]
  })
  return new Map(entries)
}

/** True when `name` is exactly the expected tree. The mode of a folder at the top is not compared: moving it may need another. */
export function isExpected(folder: number, name: string, expected: ExpectedTree): boolean {
  const count = countExpected(folder, name, '', expected)
  return count !== null && count === expected.size
}

/** How many things there are, or null at the first that differs. */
function countExpected(folder: number, name: string, path: string, expected: ExpectedTree): number | null {
  const stats = statAt(folder, name)
  const wanted = expected.get(path)
  if (stats === null || wanted === undefined) return null
  const state = stateOrNull(folder, name, stats)
  if (state === null) return null
  const compared = path === '' && wanted.kind === 'folder' ? { ...state, mode: wanted.mode } : state
  if (!isSameState(compared, wanted)) return null
  if (state.kind !== 'folder') return 1
  const inner = openFolderAt(folder, name)
  try {
    let count = 1
    for (const child of namesIn(inner)) {
      const below = countExpected(inner, child, under(path, child), expected)
      if (below === null) return null
      count += below
    }
    return count
  } finally {
    closeSync(inner)
  }
}

function stateOrNull(
  folder: number,
  name: string,
  stats: NonNullable<ReturnType<typeof statAt>>,
): ThingState | null {
  try {
    return readState(folder, name, stats)
  } catch {
    return null
  }
}
