/** Shows the changes of a run: every one with what there is to know of it, and the text that differs. */
import type { Change } from '../../sandbox/changes/change.ts'
import { parentOf } from '../../sandbox/changes/change.ts'
import { allParts } from '../../sandbox/changes/chosen-changes.ts'
import type { Context } from '../command.ts'
import { visible } from '../escape.ts'
import { usageFailure } from '../exit.ts'
import { changeCounts, changeLines, openDiffs } from './change-rendering.ts'
import type { RunChanges } from './run-changes.ts'
import { chosenParts, pathInFolder, readRunChanges } from './run-changes.ts'

/** What is shown. */
export interface ShowOptions {
  /** As typed; empty for everything. */
  readonly paths: readonly string[]
  /** The list alone, without the text. */
  readonly isBrief: boolean
}

/** Shows it as the result of a command. Fails as a command does. */
export async function showChanges({ paths, out }: Context, run: string, options: ShowOptions): Promise<void> {
  const changes = await readRunChanges(paths, run)
  const shown = matching(changes, options.paths)
  // What committing these would take: the digest is what a held commit of them shows.
  const { digest } = chosenParts(changes, { ...allParts, only: partsOf(changes, options.paths) })
  const heading = `run ${run} in ${visible(changes.run.folder)}: ${changeCounts(shown)}`
  using diffs = openDiffs(changes.run)
  const each = shown.map((change) => ({ change, diff: options.isBrief ? [] : diffs.linesOf(change) }))
  const lines = each.flatMap(({ change, diff }) => [...changeLines(change), ...diff])
  const { folder } = changes.run
  const json = each.map(({ change, diff }) => (options.isBrief ? change : { ...change, diff }))
  out.result({ run, folder, digest, changes: json }, [heading, ...lines, `digest ${digest}`])
}

function partsOf({ run }: RunChanges, paths: readonly string[]): readonly string[] {
  return paths.map((path) => pathInFolder(path, run.folder))
}

function matching(changes: RunChanges, paths: readonly string[]): readonly Change[] {
  if (paths.length === 0) return changes.pending
  const named = new Set(partsOf(changes, paths))
  const shown = changes.pending.filter(({ path }) => {
    for (let here = path; here !== ''; here = parentOf(here)) if (named.has(here)) return true
    return false
  })
  if (shown.length > 0) return shown
  throw usageFailure('nothing changed there', `see: custos changes show ${changes.run.run} --stat`)
}
