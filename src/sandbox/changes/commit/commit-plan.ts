/**
 * A commit as the fewest steps that each replace or take away one name in a folder that stays. A new folder is
 * put in as a whole and a removed one taken away as a whole, so ten thousand new files are one step. Every
 * step can be undone, because what it takes away is moved aside and not deleted.
 */
import { invariant } from '../../../base/fault.ts'
import type { Change } from '../change.ts'
import { isWithin, parentOf } from '../change.ts'

/** What is done to one name. */
export type StepKind = 'put' | 'remove' | 'mode'

/** One step of a commit. Steps do not depend on each other's order. */
export interface Step {
  readonly kind: StepKind
  readonly path: string
  /** Everything that the step carries out, the path's own change first if it has one. */
  readonly changes: readonly Change[]
}

/** The steps that carry out `chosen`, a closed choice in code unit order. */
export function planCommit(chosen: readonly Change[]): readonly Step[] {
  const steps: { kind: StepKind; path: string; changes: Change[] }[] = []
  const wholes = new Map<string, Change[]>()
  for (const change of chosen) {
    const whole = wholeAbove(change.path, wholes)
    if (whole !== null) {
      whole.push(change)
      continue
    }
    const changes = [change]
    steps.push({ kind: stepKindOf(change), path: change.path, changes })
    if (isWhole(change)) wholes.set(change.path, changes)
  }
  for (const { path, kind, changes } of steps) {
    const isAllBelow = changes.every((change) => isWithin(change.path, path))
    invariant(isAllBelow && (kind !== 'mode' || changes.length === 1), 'a step stays below its path')
  }
  return steps
}

function wholeAbove(path: string, wholes: ReadonlyMap<string, Change[]>): Change[] | null {
  for (let here = parentOf(path); here !== ''; here = parentOf(here)) {
    const whole = wholes.get(here)
    if (whole !== undefined) return whole
  }
  return null
}

/** True when everything below belongs to the same step. */
function isWhole({ before, after }: Change): boolean {
  return before?.kind !== after?.kind && (before?.kind === 'folder' || after?.kind === 'folder')
}

function stepKindOf({ before, after }: Change): StepKind {
  if (after === null) return 'remove'
  return before?.kind === 'folder' && after.kind === 'folder' ? 'mode' : 'put'
}
