/**
 * Where a link would lead once the changes are committed. The target is walked part by part, through links
 * that were there before and links that are new, because a chain of links that each look harmless leads out
 * just as well. Only links that stay in the folder on every step are called inside.
 */
import { lstatSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { isWithin, parentOf, under } from '../change.ts'

/** What stands at a path relative to the folder: a link's target, something else, or nothing. */
export type LookAt = (path: string) => { readonly target: string | null } | null

/** The answer, in words for a person; empty when the link stays inside. */
export type Lead = '' | 'leads out of the folder' | 'leads round in a circle'

const mostSteps = 64
const mostParts = 4096

/** Where a link at `path` with `target` leads, in the folder at the absolute path `folder`. */
export function leadOf(path: string, target: string, folder: string, lookAt: LookAt): Lead {
  let here = parentOf(path)
  let ahead = partsOf(target, folder)
  if (ahead === null) return 'leads out of the folder'
  if (target.startsWith('/')) here = ''
  for (let links = 0, parts = 0; ahead.length > 0; parts++) {
    if (links > mostSteps || parts > mostParts) return 'leads round in a circle'
    const [part = '', ...rest]: readonly string[] = ahead
    ahead = rest
    if (part === '' || part === '.') continue
    if (part === '..') {
      if (here === '') return 'leads out of the folder'
      here = parentOf(here)
      continue
    }
    const next = under(here, part)
    const target = lookAt(next)?.target ?? null
    if (target === null) {
      here = next
      continue
    }
    links += 1
    const onward = partsOf(target, folder)
    if (onward === null) return 'leads out of the folder'
    if (target.startsWith('/')) here = ''
    ahead = [...onward, ...ahead]
  }
  return ''
}

/** The parts of a target, from the folder on when it is absolute; null when it is absolute and elsewhere. */
function partsOf(target: string, folder: string): readonly string[] | null {
  if (!target.startsWith('/')) return target.split('/')
  const cleaned = target.replace(/\/+/g, '/')
  if (!isWithin(cleaned, folder)) return null
  return cleaned.slice(folder.length).split('/')
}

/** Looks at the folder as it is. Asked only for paths whose parents were seen to be no links. */
export function lookInFolder(folder: string): LookAt {
  return (path) => {
    try {
      const stats = lstatSync(join(folder, path), { throwIfNoEntry: false })
      if (stats === undefined) return null
      return { target: stats.isSymbolicLink() ? readlinkSync(join(folder, path)) : null }
    } catch {
      return null
    }
  }
}
