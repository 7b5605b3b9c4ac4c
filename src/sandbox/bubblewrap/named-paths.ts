/**
 * The paths that a boundary names, checked. A path that is not canonical could mean another place inside than it
 * does outside, so it is an error and not repaired; a path inside a hidden one contradicts the boundary, and what
 * contradicts is an error too.
 */
import { readdirSync, realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { Boundary } from '../boundary.ts'
import { secretPaths } from '../system-paths.ts'

/** Checked paths of a boundary. */
export interface NamedPaths {
  /** Whether `/` is readable. */
  readonly isWhole: boolean
  /** Without `/`. */
  readonly readable: readonly string[]
  readonly writable: readonly string[]
  /** What exists of the hidden paths, canonical: the boundary's and the system's. */
  readonly hidden: readonly string[]
}

const mostPaths = 1_000

/** Of these nothing can be named: they are made anew in every boundary. */
const ownPlaces = ['/dev', '/proc', '/sys', '/run/custos']

/** Checks everything that `boundary` names. The error is a sentence. */
export function namedPaths(boundary: Boundary, env: NodeJS.ProcessEnv): Result<NamedPaths, string> {
  const readable = boundary.readable.filter((path) => path !== '/')
  const { writable, views } = boundary
  const changed = [...writable, ...views.map(({ path }) => path)]
  const all = [...readable, ...changed]
  if (all.length + boundary.hidden.length > mostPaths)
    return err(`a boundary names at most ${mostPaths} paths`)
  const wrong = all.map(wrongWith).find((problem) => problem !== '')
  if (wrong !== undefined) return err(wrong)
  const strict = boundary.hidden.flatMap(realPath)
  const secret = secretPaths(env).flatMap(realPath)
  const clash =
    contradiction(all, strict) ??
    contradiction(changed, secret, dataIn(env)) ??
    contradiction(readable, secret, codeIn(env))
  if (clash !== null) return err(clash)
  const isWhole = boundary.readable.includes('/')
  return ok({ isWhole, readable, writable, hidden: [...new Set([...strict, ...secret])] })
}

/** The canonical path, or nothing when there is nothing or it cannot be reached. */
export function realPath(path: string): readonly string[] {
  try {
    return [realpathSync.native(path)]
  } catch {
    return []
  }
}

/** Whether `path` is `folder` or lies below it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`)
}

function wrongWith(path: string): string {
  if (path === '/') return 'the whole machine can be readable, not more'
  if (ownPlaces.some((place) => isWithin(path, place)))
    return `${path} cannot be named: it is made anew inside`
  const [real] = realPath(path)
  if (real === undefined) return `${path} is not there, or cannot be reached`
  return real === path ? '' : `${path} is not canonical: it is ${real}`
}

/** A named path that a hidden one covers. `exempt` may be named although it is hidden. */
function contradiction(
  named: readonly string[],
  hidden: readonly string[],
  exempt: readonly string[] = [],
): string | null {
  for (const path of named) {
    if (exempt.some((folder) => isWithin(path, folder))) continue
    const cover = hidden.find((folder) => isWithin(path, folder))
    if (cover !== undefined) return `${path} cannot be shown: ${cover} is hidden`
  }
  return null
}

/** The code of installed drivers lies in our own state and is the only part of it that may be shown. */
function codeIn(env: NodeJS.ProcessEnv): readonly string[] {
  const chosen = env['CUSTOS_HOME'] ?? ''
  return realPath(
    join(chosen === '' ? join(env['HOME'] ?? '/nonexistent', '.custos') : resolve(chosen), 'drivers'),
  )
}

/** So does the data of drivers that are told to keep it there, and that is all of it that may be changed. */
function dataIn(env: NodeJS.ProcessEnv): readonly string[] {
  return codeIn(env).flatMap((drivers) =>
    readdirSync(drivers).flatMap((name) => realPath(join(drivers, name, 'data'))),
  )
}
