/**
 * The changes of one run as commands name them: the run by its name, parts of it by paths in its folder. What
 * a person typed is matched with what is listed, and nothing is guessed.
 */
import { relative, isAbsolute, normalize } from 'node:path'
import type { Change, ChangeList } from '../../sandbox/changes/change.ts'
import type { ChangedRun } from '../../sandbox/changes/changed-run.ts'
import { changesOfRun, pendingChanges, readChangedRun } from '../../sandbox/changes/changed-run.ts'
import type { Parts } from '../../sandbox/changes/chosen-changes.ts'
import { chooseChanges, digestOfChanges } from '../../sandbox/changes/chosen-changes.ts'
import type { HomePaths } from '../home.ts'
import { visible } from '../escape.ts'
import { CommandFailure, exitCodes, usageFailure } from '../exit.ts'

/** A run with what it changed and nobody dropped. */
export interface RunChanges {
  readonly run: ChangedRun
  readonly list: ChangeList
  readonly pending: readonly Change[]
}

/** Reads the changes of the run called `name`. Fails as a command does. */
export async function readRunChanges({ state: home }: HomePaths, name: string): Promise<RunChanges> {
  const run = readChangedRun(home, name)
  if (!run.ok) throw usageFailure(visible(run.error), 'see: custos changes')
  const list = await changesOfRun(run.value)
  if (!list.ok) {
    const message = `the changes of run ${name} cannot be listed: ${visible(list.error)}`
    throw new CommandFailure(exitCodes.usage, message, `to give them up: custos changes drop ${name}`)
  }
  return { run: run.value, list: list.value, pending: pendingChanges(list.value) }
}

/** A path as typed, relative to the folder: absolute paths must lie in it. */
export function pathInFolder(typed: string, folder: string): string {
  const path = isAbsolute(typed) ? relative(folder, normalize(typed)) : normalize(typed)
  const plain = path.replace(/\/+$/, '')
  if (plain === '' || plain === '.' || plain === '..' || plain.startsWith('../')) {
    throw usageFailure(`${visible(typed)} is not a path in ${visible(folder)}`, 'name it as it is shown')
  }
  return plain
}

/** The changes that the parts mean, with what stands for them. Fails as a command does. */
export function chosenParts(
  { run, list }: RunChanges,
  parts: Parts,
): { readonly chosen: readonly Change[]; readonly digest: string } {
  const chosen = chooseChanges(list, parts)
  if (!chosen.ok) throw usageFailure(visible(chosen.error), `see: custos changes show ${run.run}`)
  return { chosen: chosen.value, digest: digestOfChanges(run.folder, chosen.value) }
}
