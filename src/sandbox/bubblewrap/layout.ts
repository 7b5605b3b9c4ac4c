/**
 * What a boundary's file system is made of, step by step: a plan in words, from which the arguments of bubblewrap
 * are written. Steps are in the order of their paths, so that what lies deeper is laid on top: a named folder
 * appears in an emptied home, a covered one vanishes from a shown one.
 */
import type { Stats } from 'node:fs'
import { accessSync, constants, lstatSync, readdirSync, readlinkSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { Boundary, CopyOnWriteView } from '../boundary.ts'
import { upperFolder } from '../view/stage.ts'
import { emptiedFolders, ownHomes, systemFolders } from '../system-paths.ts'
import { hostSockets } from './host-sockets.ts'
import type { NamedPaths } from './named-paths.ts'
import { isWithin, namedPaths, realPath } from './named-paths.ts'

/** One thing that is brought about at `path`. */
export type LayoutStep =
  /** The host's own, read-only or written in place. `isNamed` when the boundary names it. */
  | { readonly kind: 'show'; readonly path: string; readonly isWritable: boolean; readonly isNamed: boolean }
  | { readonly kind: 'view'; readonly path: string; readonly view: CopyOnWriteView }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | { readonly kind: 'folder'; readonly path: string; readonly mode: number }
  /** Empty, private and writable. */
  | { readonly kind: 'temporary'; readonly path: string; readonly mode: number }
  /** Something of the host is there and must not be seen. */
  | { readonly kind: 'cover'; readonly path: string; readonly isFolder: boolean }

/** Where programs find what is ours; nothing of the host is ever shown there. */
export const ownFolder = '/run/custos'

/** Temporary files of programs. */
export const temporaryFolder = '/tmp'

/** The same place as the other one, unless something of the host below it is named. */
const passing = '/var/tmp'

/** Plans the file system of `boundary`. `env` says where our own state lies. The error is a sentence. */
export function planLayout(
  boundary: Boundary,
  env: NodeJS.ProcessEnv,
): Result<readonly LayoutStep[], string> {
  const named = namedPaths(boundary, env)
  if (!named.ok) return named
  const steps = new Map<string, LayoutStep>()
  for (const step of [...systemSteps(named.value), ...namedSteps(boundary, named.value)]) {
    steps.set(step.path, step)
  }
  const home = boundary.environment['HOME'] ?? join(temporaryFolder, 'home')
  if (!/^\/[^/]/.test(home)) return err(`HOME must be an absolute path, not ${home}`)
  const hasPassing = [...steps.keys()].some((path) => path !== passing && isWithin(path, passing))
  if (hasPassing) steps.set(passing, { kind: 'temporary', path: passing, mode: 0o1777 })
  addHomes(steps, home)
  addCovers(steps, named.value)
  if (!isThere(steps, boundary.cwd)) return err(`the working folder ${boundary.cwd} is not there inside`)
  return ok(inOrder(steps))
}

function inOrder(steps: ReadonlyMap<string, LayoutStep>): readonly LayoutStep[] {
  return [...steps.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

/** The system's folders, or all of the machine but what is emptied; and the folders that everybody expects. */
function systemSteps({ isWhole }: NamedPaths): readonly LayoutStep[] {
  const top = isWhole
    ? readdirSync('/')
        .map((name) => join('/', name))
        .filter((path) => !emptiedFolders.includes(path))
    : []
  return [
    ...['/home', '/root', '/run', '/var'].map((path): LayoutStep => ({ kind: 'folder', path, mode: 0o755 })),
    { kind: 'temporary', path: temporaryFolder, mode: 0o1777 },
    { kind: 'link', path: passing, target: temporaryFolder },
    { kind: 'link', path: '/var/run', target: '/run' },
    ...[...new Set([...systemFolders, ...top])].flatMap(systemStep),
  ]
}

function systemStep(path: string): readonly LayoutStep[] {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found?.isSymbolicLink() === true) return [{ kind: 'link', path, target: readlinkSync(path) }]
  return found?.isDirectory() === true ? [{ kind: 'show', path, isWritable: false, isNamed: false }] : []
}

function namedSteps(boundary: Boundary, { readable, writable }: NamedPaths): readonly LayoutStep[] {
  const show = (isWritable: boolean) => (path: string) =>
    ({ kind: 'show', path, isWritable, isNamed: true }) as const
  return [
    ...readable.map(show(false)),
    ...writable.map(show(true)),
    ...boundary.views.map((view) => ({ kind: 'view', path: view.path, view }) as const),
  ]
}

/** The starter's homes are never there by being part of the machine; the program's own is private and writable. */
function addHomes(steps: Map<string, LayoutStep>, home: string): void {
  for (const path of ownHomes().flatMap(realPath)) {
    const above = nearest(steps, path)
    if (above?.kind === 'show' && !above.isNamed) steps.set(path, { kind: 'cover', path, isFolder: true })
  }
  const above = nearest(steps, home)
  const isChosen = above?.kind === 'view' || (above?.kind === 'show' && above.isNamed)
  const kind = above?.kind === 'temporary' ? 'folder' : 'temporary'
  if (!isChosen && home !== temporaryFolder) steps.set(home, { kind, path: home, mode: 0o700 })
}

/** Covers every secret, and every socket that somebody listens on, where it could be seen. */
function addCovers(steps: Map<string, LayoutStep>, { isWhole, hidden }: NamedPaths): void {
  for (const path of hidden) {
    const above = nearest(steps, path)
    if (above?.kind !== 'show' && above?.kind !== 'view') continue
    const found = lstatSync(path, { throwIfNoEntry: false })
    if (found === undefined || (above.kind === 'show' && !above.isNamed && isClosed(path, found))) continue
    steps.set(path, { kind: 'cover', path, isFolder: found.isDirectory() })
  }
  // Without named folders only the system's own are shown, where a link on the way to a socket changes nothing.
  const hasNamed = isWhole || [...steps.values()].some((step) => step.kind === 'show' && step.isNamed)
  for (const path of hasNamed ? hostSockets().flatMap(realPath) : hostSockets()) {
    // In a view nobody listens: sockets of the folder beneath are not those of the view.
    if (nearest(steps, path)?.kind === 'show') steps.set(path, { kind: 'cover', path, isFolder: false })
  }
}

/** Whether the program could not open it anyway, so that covering it would only cost time. */
function isClosed(path: string, { mode }: Stats): boolean {
  // Root's programs run as a user to whom nothing belongs.
  if (process.getuid?.() === 0) return (mode & 0o005) === 0
  return [constants.R_OK, constants.X_OK].every((way) => {
    try {
      accessSync(path, way)
      return false
    } catch {
      return true
    }
  })
}

/** Whether `folder` can be entered, as far as that can be said before the boundary stands. */
function isThere(steps: ReadonlyMap<string, LayoutStep>, folder: string): boolean {
  const step = nearest(steps, folder)
  if (step?.kind === 'link') return true
  const places =
    step?.kind === 'view' ? [folder, folder.replace(step.path, join(step.view.store, upperFolder))] : [folder]
  if (step?.kind === 'show' || step?.kind === 'view') return places.some(isFolder)
  return [...steps.keys()].some((path) => isWithin(path, folder))
}

/** False also for what cannot be reached: the program could not either. */
function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  } catch {
    return false
  }
}

/** What is laid at `path` or at the folder nearest above it. */
export function nearest(steps: ReadonlyMap<string, LayoutStep>, path: string): LayoutStep | null {
  let found: LayoutStep | null = null
  for (const step of steps.values()) {
    if (isWithin(path, step.path) && (found === null || step.path.length > found.path.length)) found = step
  }
  return found
}
