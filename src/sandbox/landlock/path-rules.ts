/**
 * A boundary's files as Landlock rules. Landlock knows only what is allowed, and a rule for a folder holds for
 * all below it, so what is hidden in a readable folder cannot be covered: the folder's other entries are allowed
 * one by one instead. Such a folder can be walked through but not listed. What cannot be said so is an error.
 */
import type { Stats } from 'node:fs'
import { lstatSync, readdirSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Boundary } from '../boundary.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { isWithin, namedPaths } from '../bubblewrap/named-paths.ts'
import { emptiedFolders, ownHomes, secretPaths, systemFolders } from '../system-paths.ts'

/** What may be done below a path: bits of `LANDLOCK_ACCESS_FS_*`. */
export interface PathRule {
  readonly path: string
  readonly access: number
}

const execute = 1
const writeFile = 2
const readFile = 4
const readFolder = 8
/** All but making devices and sockets, and asking devices. */
const change = 0x7fff & ~(64 | 512 | 2_048)
const ofFiles = execute | writeFile | readFile | 0x4000
const read = execute | readFile | readFolder
const askDevice = 0x8000
const mostRules = 16_384

const devices = ['/dev/null', '/dev/zero', '/dev/full', '/dev/random', '/dev/urandom'] as const
/** Not of other processes, and not the tables of the network, which is the machine's own here. */
const ofProc: readonly string[] = [
  'cpuinfo',
  'filesystems',
  'loadavg',
  'meminfo',
  'stat',
  'uptime',
  'version',
  'sys/fs/pipe-max-size',
  'sys/kernel/ngroups_max',
  'sys/kernel/osrelease',
  'sys/kernel/ostype',
  'sys/kernel/pid_max',
  'sys/kernel/random/uuid',
  'sys/vm/overcommit_memory',
  'self/auxv',
  'self/cgroup',
  'self/cmdline',
  'self/comm',
  'self/fd',
  'self/limits',
  'self/maps',
  'self/stat',
  'self/statm',
  'self/status',
]

/** The rules for `boundary`, with `scratch` as its private folder. The error says what cannot be kept. */
export function pathRules(boundary: Boundary, scratch: string): Result<readonly PathRule[], string> {
  const named = namedPaths(boundary, process.env)
  if (!named.ok) return named
  const { isWhole, readable, writable } = named.value
  const hidden = possible([...boundary.hidden, ...secretPaths(process.env)])
  const clash = unhideable(writable, hidden)
  if (clash !== null) return err(clash)
  const allowed = [
    ...(isWhole ? without('/', [...hidden, ...emptiedFolders, ...ownHomes()]) : []),
    ...systemFolders.flatMap((path) => without(path, hidden)),
    // The code of drivers may be named although it lies in what is hidden.
    ...readable.flatMap((path) =>
      without(
        path,
        hidden.filter((other) => !isWithin(path, other)),
      ),
    ),
  ]
  if (allowed.length > mostRules)
    return err('too much lies beside what is hidden; name fewer readable folders')
  return ok([
    ...special(boundary),
    { path: scratch, access: change },
    ...[...new Set(allowed)].flatMap((path) => ruleFor(path, read)),
    ...writable.flatMap((path) => ruleFor(path, change)),
  ])
}

/** In a writable folder nothing can be covered, because a rule holds for all of it. */
function unhideable(writable: readonly string[], hidden: readonly string[]): string | null {
  for (const path of writable) {
    const inside = hidden.find((other) => isWithin(other, path))
    if (inside !== undefined)
      return `the landlock rung cannot hide ${inside} in ${path}, which is to be writable: name a folder that does not hold it`
  }
  return null
}

/** A link is no rule: what it leads to has its own. */
function ruleFor(path: string, access: number): readonly PathRule[] {
  const here = found(path)
  if (here === null || here.isSymbolicLink()) return []
  return [{ path, access: here.isDirectory() ? access : access & ofFiles }]
}

function special({ terminal }: Boundary): readonly PathRule[] {
  const proc = ofProc.map((name) => ({
    path: `/proc/${name}`,
    access: name === 'self/fd' ? readFolder : readFile,
  }))
  const open = devices.map((path) => ({ path, access: readFile | writeFile }))
  const tty = { path: '/dev/tty', access: readFile | writeFile | askDevice }
  return [...proc, ...open, ...(terminal === 'inherit' ? [tty] : [])]
}

/** `path`, or what is in it beside what is left out; nothing where it does not exist. */
function without(path: string, leftOut: readonly string[]): readonly string[] {
  if (leftOut.some((other) => isWithin(path, other))) return []
  const inside = leftOut.filter((other) => isWithin(other, path))
  if (inside.length === 0) return isThere(path) ? [path] : []
  const beside: string[] = []
  for (const name of entries(path)) {
    if (beside.length > mostRules) break
    beside.push(...without(join(path, name), inside))
  }
  return beside
}

/** Those that are there or could be made there at any time. */
function possible(paths: readonly string[]): readonly string[] {
  return [...new Set(paths)].flatMap((path) => {
    try {
      return [...new Set([path, realpathSync(path)])]
    } catch {
      return isThere(dirname(path)) ? [path] : []
    }
  })
}

function entries(path: string): readonly string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

/** What we cannot even reach, the program cannot either: it is we, or less than we. */
function isThere(path: string): boolean {
  return found(path) !== null
}

function found(path: string): Stats | null {
  try {
    return lstatSync(path)
  } catch {
    return null
  }
}
