/**
 * Whether a program could stand in the folder it is to begin in. Bubblewrap would find out as well, but after
 * everything has been made, and in words that name no way out. The rights are judged as the program will have them:
 * an ordinary user's program is that user; root's owns what belongs to the owner of a named folder, and nothing else.
 */
import type { Stats } from 'node:fs'
import { accessSync, constants, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { upperFolder } from '../view/stage.ts'
import type { LayoutStep } from './layout.ts'
import { nearest } from './layout.ts'

const [ofOwner, ofGroup, ofOthers] = [0o100, 0o010, 0o001]

/** Why a program cannot begin in `cwd`, in a sentence, or null. What cannot be told ahead is null too. */
export function whyClosed(cwd: string, layout: readonly LayoutStep[]): string | null {
  const step = nearest(new Map(layout.map((one) => [one.path, one])), cwd)
  if (step?.kind !== 'show' && step?.kind !== 'view') return null
  const owner = statSync(step.path, { throwIfNoEntry: false })
  if (owner === undefined) return null
  let inner = ''
  for (const name of ['', ...relative(step.path, cwd).split('/').filter(Boolean)]) {
    inner = join(inner, name)
    const found = placesOf(step, inner).find(isThere)
    if (found === undefined) return null
    if (!mayEnter(found, owner)) return closed(cwd, join(step.path, inner), statSync(found))
  }
  return null
}

/** Where it is on the host. What was changed in a view has the mode that it was given there. */
function placesOf(step: LayoutStep & { readonly kind: 'show' | 'view' }, inner: string): readonly string[] {
  const own = join(step.path, inner)
  return step.kind === 'view' ? [join(step.view.store, upperFolder, inner), own] : [own]
}

function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined
  } catch {
    return false
  }
}

function mayEnter(place: string, owner: Stats): boolean {
  if (process.getuid?.() === 0) {
    const { uid, gid, mode } = statSync(place)
    const right = uid === owner.uid ? ofOwner : gid === owner.gid ? ofGroup : ofOthers
    return (mode & right) !== 0
  }
  try {
    accessSync(place, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function closed(cwd: string, place: string, { mode }: Stats): string {
  const rights = (mode & 0o7777).toString(8).padStart(3, '0')
  const where = place === cwd ? 'its mode is' : `the mode of ${place} is`
  return `the program could not enter its working folder ${cwd}: ${where} ${rights}`
}
