/**
 * The boundary of a driver's program, made from its manifest: the system's folders, its code, its working folder and
 * what an operator signed, and nothing of anybody's home. A manifest that says nothing of a boundary shows the program
 * what its own words name, to be read and not to be written.
 */
import { lstatSync, realpathSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, isAbsolute, join } from 'node:path'
import type { ProgramBoundary, StdioProgram } from '../kernel/manifest.ts'
import type { Boundary, Limits } from '../sandbox/boundary.ts'
import { programEnvironment } from './program.ts'

/** What is around a driver's program. */
export interface DriverSurroundings {
  /** The folder that holds all of Custos's state. */
  readonly home: string
  /** The egress socket, when the manifest asks for the network and there is one. */
  readonly egress?: string
  /** PEM text of the authority that the egress proxy signs with for this program. */
  readonly authority?: string
}

/** Bounds for a program that serves calls: ample for a server, and not for what would starve its neighbours. */
const defaults: Limits = {
  memoryMiB: 4_096,
  processes: 512,
  openFiles: 8_192,
  cpuPercent: null,
  cpuSeconds: null,
  diskMiB: 2_048,
  fileMiB: 2_048,
  wallMs: null,
}

/** Folders that are there in every boundary. */
const system = ['/usr', '/bin', '/sbin', '/lib', '/lib64', '/etc'] as const
/** Where everybody's things are: too much to be shown because one file in it was named. */
const broad = new Set([
  '/',
  '/home',
  '/root',
  '/tmp',
  '/var',
  '/var/tmp',
  '/opt',
  '/srv',
  '/mnt',
  '/run',
  '/media',
])

/** The boundary of `program`. What it names and is not there is left out: there is nothing to show. */
export function driverBoundary(
  program: StdioProgram,
  { home, egress, authority }: DriverSurroundings,
): Boundary {
  const asked = program.boundary ?? wordsBoundary(program)
  const own = ownFolder(program, home)
  const data = own === null ? [] : [join(own, 'data')]
  const writable = canonical([...asked.writable, ...data])
  const cwd = realpathSync(program.cwd)
  const readable = canonical([...codeFolders(program), ...(isBroad(cwd) ? [] : [cwd]), ...asked.readable])
  return {
    readable: readable.filter((path) => path !== '/' && !writable.includes(path) && !isSystem(path)),
    writable,
    views: [],
    hidden: [],
    environment: environmentOf(program),
    cwd,
    sockets: egress === undefined ? {} : { egress },
    ...(authority === undefined ? {} : { authority }),
    limits: driverLimits(program),
    terminal: 'none',
  }
}

/** How much the program may use: what its manifest says, and what is ample where it says nothing. */
export function driverLimits({ boundary }: Pick<StdioProgram, 'boundary'>): Limits {
  const { memoryMiB = defaults.memoryMiB, processes = defaults.processes } = boundary ?? {}
  return { ...defaults, memoryMiB, processes }
}

/** What the program's own words name: files and folders that are there, to be read. */
export function wordsBoundary({ args }: Pick<StdioProgram, 'args'>): ProgramBoundary {
  return { readable: args.flatMap(pathsIn).filter(isThere), writable: [] }
}

/** Absolute paths in a word: all of it, or what follows `=`. */
function pathsIn(word: string): readonly string[] {
  const value = word.startsWith('-') ? word.slice(word.indexOf('=') + 1) : word
  return isAbsolute(value) && !isBroad(value) ? [value] : []
}

/** Folders without which the code does not load: what is pinned, what it lies in, and the interpreter's own. */
function codeFolders({ command, args, code, cwd }: StdioProgram): readonly string[] {
  const files = [command, ...(code ?? []).map(({ path }) => path), ...args.flatMap(pathsIn).filter(isFile)]
  return files
    .filter(isThere)
    .flatMap((path) => [path, realpathSync(path)].map((one) => codeFolder(one, cwd)))
}

/**
 * The folder that goes with a file of code: the outermost `node_modules`, because packages load one another; else the
 * installation that a `bin` folder belongs to; else the nearest folder that says it is a package; else its own.
 */
function codeFolder(path: string, cwd: string): string {
  const parts = path.split('/')
  const modules = parts.indexOf('node_modules')
  if (modules > 0) return parts.slice(0, modules + 1).join('/')
  if (statSync(path).isDirectory()) return path
  const folder = dirname(path)
  const installation = basename(folder) === 'bin' ? dirname(folder) : null
  if (installation !== null && !broad.has(installation) && dirname(installation) !== '/home')
    return installation
  const root = packageRoot(folder)
  if (root !== null && root !== cwd) return root
  return broad.has(folder) || dirname(folder) === '/home' ? path : folder
}

const rootFiles = ['package.json', 'pyproject.toml', 'setup.py', 'Cargo.toml', 'go.mod'] as const

function packageRoot(folder: string): string | null {
  for (let at = folder; !broad.has(at) && dirname(at) !== '/home'; at = dirname(at)) {
    if (rootFiles.some((name) => isThere(join(at, name)))) return at
  }
  return null
}

/** The driver's own folder in the home, when its code or its environment lies in one. */
function ownFolder({ code, env }: StdioProgram, home: string): string | null {
  const drivers = `${join(home, 'drivers')}/`
  const inside = [...(code ?? []).map(({ path }) => path), ...Object.values(env)]
  const name = inside
    .find((path) => path.startsWith(drivers))
    ?.slice(drivers.length)
    .split('/')[0]
  return name === undefined || name === '' ? null : `${drivers}${name}`
}

/** A program's home is a private empty folder at the usual place. */
function environmentOf(program: StdioProgram): { readonly [name: string]: string } {
  const { TMPDIR: _temporary, ...rest } = programEnvironment(program)
  const given = Object.entries({ ...rest, HOME: homedir(), ...program.env })
  return Object.fromEntries(given.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}

/** Whether it is a person's whole home, or holds it: those are there, and empty. */
function isBroad(path: string): boolean {
  const home = homedir()
  return broad.has(path) || path === home || home.startsWith(`${path}/`)
}

function isSystem(path: string): boolean {
  return system.some((folder) => path === folder || path.startsWith(`${folder}/`))
}

/** Each once, its links resolved, without those that lie in another. */
function canonical(paths: readonly string[]): readonly string[] {
  const real = [...new Set(paths.filter(isThere).map((path) => realpathSync(path)))]
  return real.filter((path) => !real.some((other) => other !== path && path.startsWith(`${other}/`)))
}

function isThere(path: string): boolean {
  return (
    lstatSync(path, { throwIfNoEntry: false }) !== undefined &&
    statSync(path, { throwIfNoEntry: false }) !== undefined
  )
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}
