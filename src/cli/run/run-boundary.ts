/**
 * The boundary of a run, made from what was asked for: the host read-only but for homes and temporary folders, the
 * person's tools on top, the folder as a private view, one socket to the network and one to the kernel.
 */
import { existsSync, mkdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { Boundary, CopyOnWriteView, Rung } from '../../sandbox/boundary.ts'
import { runEnvironment } from './run-environment.ts'
import type { RunFolder } from './run-record.ts'
import type { Guarded, RunRequest } from './run-request.ts'
import { isWithin } from './run-request.ts'
import { pathInside, toolFolders } from './tool-folders.ts'

/** What a boundary is made from. */
export interface BoundarySource {
  readonly request: RunRequest
  readonly run: RunFolder
  readonly guarded: Guarded
  readonly env: NodeJS.ProcessEnv
  readonly token: string
  readonly agentSocket: string
  /** What will hold it. */
  readonly rung: Rung
  /** Whether the program gets the person's terminal. */
  readonly terminal: Boundary['terminal']
}

/** Makes the boundary, as yet without a way to the network; makes the folders of its private views too. */
export function runBoundary(source: BoundarySource): Boundary {
  const { request, run, guarded, env, token } = source
  const { folder, hasView, readable, writable, limits } = request
  const isOpenOnly = source.rung === 'landlock' && process.getuid?.() === 0
  const search = { home: guarded.home, path: env['PATH'] ?? '', folder, guarded: guarded.own, isOpenOnly }
  // Landlock has no private views, and the cache itself is not for writing.
  const caches = source.rung === 'landlock' ? [] : cacheViews(guarded, run, folder)
  const npmCache = caches.length === 0 ? null : join(guarded.home, '.npm')
  const variables = { env, home: guarded.home, folder, path: pathInside(search), npmCache }
  const views = [...(hasView ? [{ path: folder, store: run.store }] : []), ...caches]
  for (const { store } of views) mkdirSync(store, { recursive: true, mode: 0o700 })
  return {
    readable: [
      ...new Set([
        '/',
        ...toolFolders(search),
        ...(hasView || writable.includes(folder) ? [] : [folder]),
        ...readable,
      ]),
    ],
    writable,
    views,
    hidden: guarded.own,
    environment: runEnvironment({ ...variables, variables: request.variables, run: run.run, token }),
    cwd: folder,
    sockets: { agent: source.agentSocket },
    limits,
    terminal: source.terminal,
  }
}

/**
 * The same with a way to the network: the socket that is served for it, and PEM text of the authority that the egress
 * proxy signs with, empty when it looks into nothing.
 */
export function withEgress(boundary: Boundary, egress: string, authority: string): Boundary {
  return {
    ...boundary,
    sockets: { ...boundary.sockets, egress },
    ...(authority === '' ? {} : { authority }),
  }
}

/**
 * npm's cache, so that what the machine has already is not asked of the network again. The view is private and thrown
 * away: nothing inside can put a package there that a later installation outside would believe. Only the content
 * is shown, not the logs beside it.
 */
function cacheViews({ home, own }: Guarded, run: RunFolder, folder: string): readonly CopyOnWriteView[] {
  const cache = join(home, '.npm', '_cacache')
  if (!existsSync(cache)) return []
  const path = realpathSync(cache)
  const isApart = path === cache && !isWithin(path, folder) && !own.some((other) => isWithin(path, other))
  return isApart ? [{ path, store: join(run.caches, 'npm'), isThrownAway: true }] : []
}
