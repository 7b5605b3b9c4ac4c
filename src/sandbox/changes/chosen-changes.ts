/**
 * Parts of a change list, and what stands for exactly these parts. A choice is closed before it is digested:
 * a new file takes its new folders along, and a folder goes only when all that was in it goes. The digest
 * covers every chosen path with its state before and after, so what is approved is one diff and no other.
 */
import { canonicalJson } from '../../base/canonical-json.ts'
import { sha256Hex } from '../../base/hash.ts'
import type { Json } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { Change, ChangeList, ThingState } from './change.ts'
import { isWithin, parentOf } from './change.ts'

/** What a person names: paths relative to the folder, each with everything in it. */
export interface Parts {
  /** Empty for everything. */
  readonly only: readonly string[]
  readonly except: readonly string[]
  /** Take also what changed in the folder meanwhile, over what is there now. */
  readonly overwrite: boolean
}

/** Everything that can be taken. */
export const allParts: Parts = { only: [], except: [], overwrite: false }

/** The changes that `parts` mean, closed, in their order; or which named path is not among the changes. */
export function chooseChanges({ changes }: ChangeList, parts: Parts): Result<readonly Change[], string> {
  for (const path of [...parts.only, ...parts.except]) {
    if (!changes.some((change) => isWithin(change.path, path))) return err(`nothing changed at ${path}`)
  }
  const byPath = new Map(changes.map((change) => [change.path, change]))
  const excluded = new Set(parts.except)
  const included = new Set(parts.only)
  const chosen = new Set<string>()
  for (const { path, blocked } of changes) {
    const isNamed = parts.only.length === 0 || liesIn(path, included)
    if (isNamed && blocked === '' && !liesIn(path, excluded)) chosen.add(path)
  }
  for (const path of chosen) for (const folder of newFoldersOf(path, byPath)) chosen.add(folder)
  dropUnfit(changes, byPath, chosen)
  return ok(changes.filter(({ path }) => chosen.has(path)))
}

function liesIn(path: string, named: ReadonlySet<string>): boolean {
  if (named.size === 0) return false
  for (let here = path; here !== ''; here = parentOf(here)) if (named.has(here)) return true
  return false
}

/** Folders that must be made for `path` to have a place. */
function newFoldersOf(path: string, byPath: ReadonlyMap<string, Change>): readonly string[] {
  const folders: string[] = []
  for (let here = parentOf(path); here !== ''; here = parentOf(here)) {
    const change = byPath.get(here)
    if (change?.after?.kind === 'folder' && change.before?.kind !== 'folder') folders.push(here)
  }
  return folders
}

/** Takes out folders that would lose something not chosen, and then whatever has no place without them. */
function dropUnfit(
  changes: readonly Change[],
  byPath: ReadonlyMap<string, Change>,
  chosen: Set<string>,
): void {
  const kept = new Set<string>()
  for (const { path, before, after } of changes) {
    if (before === null || after !== null || chosen.has(path)) continue
    for (let here = parentOf(path); here !== ''; here = parentOf(here)) kept.add(here)
  }
  for (const { path, before, after } of changes) {
    if (before?.kind === 'folder' && after?.kind !== 'folder' && kept.has(path)) chosen.delete(path)
  }
  for (const path of chosen) {
    if (newFoldersOf(path, byPath).some((folder) => !chosen.has(folder))) chosen.delete(path)
  }
  // What was a folder and is not any more needs its old contents gone, and nothing else of it is needed.
  for (const { path, change } of changes) {
    if (change === 'type-changed' || !chosen.has(path)) continue
    for (let here = parentOf(path); here !== ''; here = parentOf(here)) {
      if (isFolderReplaced(byPath.get(here)) && !chosen.has(here)) chosen.delete(path)
    }
  }
}

function isFolderReplaced(change: Change | undefined): boolean {
  return change?.change === 'type-changed' && change.before?.kind === 'folder'
}

/** SHA-256 in hex over the folder and every change of `chosen`: path, state before and state after. */
export function digestOfChanges(folder: string, chosen: readonly Change[]): string {
  const lines = chosen.map(({ path, before, after }) =>
    canonicalJson([path, stateJson(before), stateJson(after)]),
  )
  return sha256Hex(['custos changes 1', canonicalJson(folder), ...lines, ''].join('\n'))
}

function stateJson(state: ThingState | null): Json {
  if (state === null) return null
  const { kind, mode, bytes, digest, target } = state
  return [kind, mode, bytes, digest, target]
}
