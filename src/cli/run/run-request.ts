/**
 * From the words after `custos run` to what is asked for: which folder, what may be read and written, which hosts,
 * how much. Every path is made canonical here, once, and folders that would give everything away are turned down
 * before anything is started.
 */
import { realpathSync, statSync } from 'node:fs'
import { homedir, totalmem } from 'node:os'
import { resolve } from 'node:path'
import type { Limits, Rung } from '../../sandbox/boundary.ts'
import { rungs } from '../../sandbox/rungs.ts'
import type { ParsedArguments } from '../arguments.ts'
import { valueOf, valuesOf } from '../arguments.ts'
import { parseDuration } from '../duration.ts'
import { visible } from '../escape.ts'
import { usageFailure } from '../exit.ts'
import type { NetTarget } from './net-target.ts'
import { parseNetTarget } from './net-target.ts'

/** What a person asks `custos run` for. Paths are absolute and canonical. */
export interface RunRequest {
  /** The agent on whose behalf it runs, or null for the standing one. */
  readonly agent: string | null
  readonly folder: string
  /** Whether changes to the folder are kept apart; otherwise it is only read. */
  readonly hasView: boolean
  readonly readable: readonly string[]
  readonly writable: readonly string[]
  readonly net: readonly NetTarget[]
  /** Variables the program gets beside the scrubbed few. */
  readonly variables: { readonly [name: string]: string }
  readonly limits: Limits
  /** Exactly this rung, or null for the strongest there is. */
  readonly rung: Rung | null
  /** Run the command as a script of this machine, or null for an ordinary program. */
  readonly machine: 'quickjs' | null
  readonly command: string
  readonly args: readonly string[]
}

const mebibyte = 1_048_576
/** Enough for compilers and package managers, and not enough to take the machine away from its owner. */
const defaults = { processes: 1_024, openFiles: 16_384, diskMiB: 8_192, fileMiB: 4_096 } as const

/** Folders that no view and no writable folder may hold or be. */
export interface Guarded {
  /** The home of Custos, and where operators' keys are. */
  readonly own: readonly string[]
  /** The person's home folder. */
  readonly home: string
}

/** Reads the command line; throws a usage failure that says what is wrong. */
export function runRequest(args: ParsedArguments, env: NodeJS.ProcessEnv, guarded: Guarded): RunRequest {
  const [command = '', ...rest] = args.trailing ?? []
  const hasView = !args.switches.has('no-view')
  const folder = folderNamed(valueOf(args, 'folder') ?? '.', '--folder')
  const writable = valuesOf(args, 'writable').map((word) => folderNamed(word, '--writable'))
  for (const path of hasView ? [folder, ...writable] : writable) refuseGuarded(path, guarded)
  return {
    agent: valueOf(args, 'agent'),
    folder,
    hasView: hasView && !writable.includes(folder),
    readable: valuesOf(args, 'readable').map((word) => pathNamed(word, '--readable')),
    writable,
    net: valuesOf(args, 'net').map(netNamed),
    variables: Object.fromEntries(valuesOf(args, 'env').map((word) => variableNamed(word, env))),
    limits: limitsOf(args),
    rung: rungNamed(valueOf(args, 'rung')),
    machine: machineNamed(valueOf(args, 'machine')),
    command,
    args: rest,
  }
}

/** Where Custos keeps what nobody inside may see or change. */
export function guardedFolders(home: string, keys: string): Guarded {
  return { own: [canonicalOr(home), canonicalOr(keys)], home: canonicalOr(homedir()) }
}

function canonicalOr(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return resolve(path)
  }
}

function refuseGuarded(path: string, { own, home }: Guarded): void {
  const held = own.find((folder) => isWithin(folder, path) || isWithin(path, folder))
  if (held !== undefined)
    throw usageFailure(
      `${visible(path)} holds, or lies in, what Custos itself keeps: ${visible(held)}`,
      'name a folder of its own for the work: --folder DIR',
    )
  if (isWithin(home, path))
    throw usageFailure(
      `${visible(path)} holds your whole home folder`,
      'start it in the folder of one piece of work, or name that with --folder DIR',
    )
}

/** True when `path` is `folder` or lies in it. Both canonical. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`)
}

function folderNamed(word: string, flag: string): string {
  const path = pathNamed(word, flag)
  if (statSync(path).isDirectory()) return path
  throw usageFailure(`${flag} ${visible(word)} is not a folder`)
}

function pathNamed(word: string, flag: string): string {
  try {
    return realpathSync(resolve(word))
  } catch {
    throw usageFailure(`${flag} ${visible(word)} is not there`)
  }
}

function netNamed(word: string): NetTarget {
  const target = parseNetTarget(word)
  if (target.ok) return target.value
  throw usageFailure(`--net: ${visible(target.error)}`)
}

function variableNamed(word: string, env: NodeJS.ProcessEnv): readonly [string, string] {
  const match = /^([A-Za-z_][A-Za-z0-9_]*)(?:=(.*))?$/su.exec(word)
  if (match?.[1] === undefined) throw usageFailure(`--env ${visible(word)} is neither NAME nor NAME=VALUE`)
  const value = match[2] ?? env[match[1]]
  if (value === undefined) throw usageFailure(`--env ${match[1]}: there is no such variable here`)
  return [match[1], value]
}

function rungNamed(word: string | null): Rung | null {
  if (word === null) return null
  const rung = rungs.find((candidate) => candidate === word)
  if (rung !== undefined) return rung
  throw usageFailure(`--rung ${visible(word)} is none of ${rungs.join(', ')}`)
}

function machineNamed(word: string | null): 'quickjs' | null {
  if (word === null || word === 'quickjs') return word
  throw usageFailure(`--machine ${visible(word)} is not quickjs, the only one there is`)
}

function limitsOf(args: ParsedArguments): Limits {
  const memory = numberNamed(args, 'memory', 16, 16_777_216)
  const time = valueOf(args, 'time')
  const wall = time === null ? null : parseDuration(time)
  if (wall !== null && !wall.ok) throw usageFailure(`--time: ${visible(wall.error)}`)
  return {
    memoryMiB: memory ?? Math.max(1_024, Math.floor(totalmem() / mebibyte / 2)),
    processes: numberNamed(args, 'processes', 1, 1_048_576) ?? defaults.processes,
    openFiles: defaults.openFiles,
    cpuPercent: null,
    cpuSeconds: null,
    diskMiB: defaults.diskMiB,
    fileMiB: defaults.fileMiB,
    wallMs: wall === null ? null : wall.value,
  }
}

function numberNamed(args: ParsedArguments, name: string, least: number, most: number): number | null {
  const word = valueOf(args, name)
  if (word === null) return null
  const value = /^\d{1,9}$/u.test(word) ? Number(word) : Number.NaN
  if (value >= least && value <= most) return value
  throw usageFailure(`--${name} ${visible(word)} is not a whole number from ${least} to ${most}`)
}
