/**
 * Where a person's tools are, outside the system's own folders. Their home is empty inside, so that no key and no
 * note in it can be read; what they installed there to work with is shown again, read-only: version managers,
 * toolchains, and the folders on their PATH. Folders that also keep credentials are named by the part that does not.
 */
import { existsSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { isWithin } from './run-request.ts'

/** Folders in a home that hold tools and no secrets. */
const inHome = [
  '.nvm',
  '.fnm',
  '.local/share/fnm',
  '.volta',
  '.nodenv',
  '.local/share/pnpm',
  '.npm-global',
  '.bun/bin',
  '.deno/bin',
  '.pyenv',
  '.local/share/uv',
  '.local/share/pipx',
  '.local/pipx',
  '.local/bin',
  '.local/lib',
  '.local/share/claude',
  '.local/share/mise',
  '.asdf',
  '.rbenv',
  '.rvm',
  '.cargo/bin',
  '.rustup',
  'go/bin',
  '.go',
  '.sdkman',
  '.ghcup',
  '.opam',
] as const

/** Folders that stand empty inside unless something in them is named. */
const covered = ['/home', '/root', '/tmp', '/var/tmp', '/run', '/mnt', '/media', '/srv'] as const

/** What decides where tools are looked for. Paths are canonical. */
export interface ToolSearch {
  readonly home: string
  /** The person's PATH. */
  readonly path: string
  /** The folder that the program works in: seen anyway. */
  readonly folder: string
  /** Never shown, whatever PATH says. */
  readonly guarded: readonly string[]
  /** Only what everybody may read: the program is nobody, and nothing can be made to look otherwise. */
  readonly isOpenOnly?: boolean
}

/** The folders that are shown read-only so that the person's tools work; canonical, each once. */
export function toolFolders(search: ToolSearch): readonly string[] {
  const { home, folder, guarded, isOpenOnly = false } = search
  const candidates = [...inHome.map((name) => join(home, name)), ...pathFolders(search).map(wholeTool)]
  const found = candidates
    .flatMap((path) => canonicalFolder(path) ?? [])
    .filter((path) => path !== '/' && path !== folder && !isWithin(home, path))
    .filter((path) => isCovered(path, home))
    .filter((path) => !guarded.some((own) => isWithin(path, own) || isWithin(own, path)))
    .filter((path) => !(covered as readonly string[]).includes(path))
    .filter((path) => !isOpenOnly || isOpen(path))
  return [...new Set(found)].filter((path) => !found.some((other) => other !== path && isWithin(path, other)))
}

/** The part of PATH that works inside: absolute folders that are there, by the name that they have inside. */
export function pathInside(search: ToolSearch): string {
  const { guarded, home } = search
  const kept = pathFolders(search).flatMap((path) => {
    const real = canonicalFolder(path)
    if (real === null || guarded.some((own) => isWithin(real, own))) return []
    // A link in a covered folder is not there; what it leads to may be.
    return isCovered(path, home) ? real : path
  })
  return [...new Set([...kept, '/usr/local/bin', '/usr/bin', '/bin'])].join(':')
}

function pathFolders({ path }: ToolSearch): readonly string[] {
  return path.split(':').filter((entry) => isAbsolute(entry))
}

/** Programs in `node_modules/.bin` are links into `node_modules`; those of a virtual environment need all of it. */
function wholeTool(path: string): string {
  if (basename(path) === '.bin' && basename(dirname(path)) === 'node_modules') return dirname(path)
  return existsSync(join(dirname(path), 'pyvenv.cfg')) ? dirname(path) : path
}

/** Whether everybody may read the folder, and get to it. */
function isOpen(path: string): boolean {
  if ((statSync(path).mode & 0o005) !== 0o005) return false
  for (let at = dirname(path); at !== '/'; at = dirname(at))
    if ((statSync(at).mode & 0o001) === 0) return false
  return true
}

function isCovered(path: string, home: string): boolean {
  return [home, ...covered].some((cover) => isWithin(path, cover))
}

function canonicalFolder(path: string): string | null {
  try {
    const real = realpathSync(path)
    return statSync(real).isDirectory() ? real : null
  } catch {
    return null
  }
}
