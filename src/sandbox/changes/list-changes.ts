/**
 * The list of what a program did to a folder: its store laid over the folder, every difference with its state
 * before and after, what a person should look at, and where the folder itself moved on. Reading changes
 * nothing, and may be done while the program runs; what is committed later is compared with what was listed.
 */
import { closeSync } from 'node:fs'
import { join } from 'node:path'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { Baseline } from './baseline.ts'
import { conflictAt } from './baseline.ts'
import type { Change, ChangeList } from './change.ts'
import { changeLimits } from './change.ts'
import type { FoundChange } from './found-change.ts'
import { findChanges, ReadingStopped } from './found-change.ts'
import { flagsOf } from './flags/flags.ts'
import { openFolder, systemReason } from './held-folder.ts'
import { readStoreTree } from './store-tree.ts'

/** What a listing goes by. */
export interface ListingOptions {
  /** When the program began, in milliseconds of the system's clock: what was touched later is a conflict. */
  readonly startedAtMs: number
  /** What earlier listings saw; this one adds to it. */
  readonly baseline: Baseline
  /** Stops the reading. */
  readonly signal?: AbortSignal
}

/** Changes read between two pauses in which the process can do something else. */
const changesPerTurn = 256

/**
 * Lists what the store at `store`, a folder with `upper` in it, changes in `folder`; both absolute and
 * canonical. The error is a sentence: beyond a limit, unreadable, or not to be understood.
 */
export async function listChanges(
  folder: string,
  store: string,
  options: ListingOptions,
): Promise<Result<ChangeList, string>> {
  const upper = join(store, 'upper')
  const open: number[] = []
  try {
    const lowerFolder = held(open, folder)
    const upperFolder = held(open, upper)
    const tree = await readStoreTree(upper, upperFolder)
    if (!tree.ok) return tree
    const found = new Map<string, FoundChange>()
    const reading = { bytes: 0, found: (change: FoundChange) => keep(found, change, options.signal) }
    await findChanges(tree.value, upperFolder, lowerFolder, reading)
    const sorted = [...found.values()].sort((one, other) => (one.path < other.path ? -1 : 1))
    return ok({ folder, changes: described(sorted, folder, upperFolder, lowerFolder, options) })
  } catch (problem) {
    if (problem instanceof ReadingStopped) return err(problem.message)
    return err(`the changes cannot be read: ${systemReason(problem)}`)
  } finally {
    for (const descriptor of open) closeSync(descriptor)
  }
}

function held(open: number[], path: string): number {
  const descriptor = openFolder(path)
  open.push(descriptor)
  return descriptor
}

async function keep(
  found: Map<string, FoundChange>,
  change: FoundChange,
  signal: AbortSignal | undefined,
): Promise<void> {
  found.set(change.path, change)
  if (found.size > changeLimits.entries) {
    throw new ReadingStopped(`there are more than ${changeLimits.entries} changes`)
  }
  if (found.size % changesPerTurn !== 0) return
  await new Promise((resolve) => void setImmediate(resolve))
  if (signal?.aborted === true) throw new ReadingStopped('the reading was cancelled')
}

function described(
  sorted: readonly FoundChange[],
  folder: string,
  upper: number,
  lower: number,
  { baseline, startedAtMs }: ListingOptions,
): readonly Change[] {
  const flags = flagsOf({ folder, changes: sorted, upper, lower })
  return sorted.map((one, index) => ({
    path: one.path,
    change: one.change,
    before: one.before,
    after: one.after,
    flags: flags[index] ?? [],
    blocked: one.blocked,
    conflict: conflictAt(one, baseline, startedAtMs),
  }))
}
