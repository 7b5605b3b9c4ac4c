/**
 * The boundary that a driver's program is proposed to have, shown before anything is signed. Folders that its words
 * name may be read; a server that is known to write may write the folders it is given; what a person says with flags
 * comes before either.
 */
import { realpathSync, statSync } from 'node:fs'
import { dirname, isAbsolute, resolve } from 'node:path'
import { wordsBoundary } from '../driver/driver-boundary.ts'
import type { ProgramBoundary, StdioProgram } from '../kernel/manifest.ts'
import type { ParsedArguments } from './arguments.ts'
import { valueOf, valuesOf } from './arguments.ts'
import { visible } from './escape.ts'
import { usageFailure } from './exit.ts'
import { presetsFor } from './presets/catalogue.ts'

/** What a person says of the boundary. */
export interface AskedBoundary {
  readonly readable: readonly string[]
  readonly writable: readonly string[]
  readonly network: boolean
  readonly memoryMiB: number | null
  readonly processes: number | null
}

/** Nothing was said. */
export const nothingAsked: AskedBoundary = {
  readable: [],
  writable: [],
  network: false,
  memoryMiB: null,
  processes: null,
}

/** Servers that cannot do anything without the network. They are given a way to ask for it, and nothing else. */
const onNetwork: ReadonlySet<string> = new Set([
  'playwright',
  'chrome-devtools',
  'notion',
  'mongodb',
  'context7',
])

/** The flags of the boundary, read; throws a usage failure. */
export function askedBoundary(args: ParsedArguments): AskedBoundary {
  return {
    readable: valuesOf(args, 'readable').map((word) => pathNamed(word, '--readable')),
    writable: valuesOf(args, 'writable').map((word) => pathNamed(word, '--writable')),
    network: args.switches.has('network'),
    memoryMiB: countNamed(args, 'memory'),
    processes: countNamed(args, 'processes'),
  }
}

/** The boundary with which the program is looked at: nothing is written because a server would like to. */
export function firstBoundary(program: StdioProgram, asked: AskedBoundary): ProgramBoundary {
  // Its code is shown anyway, and may lie elsewhere after an upgrade.
  const pinned = (program.code ?? []).map(({ path }) => path)
  const words = wordsBoundary(program)
    .readable.filter((path) => !pinned.some((code) => path === code || path.startsWith(`${code}/`)))
    .flatMap(canonical)
  const { writable, memoryMiB, processes } = asked
  return {
    readable: [...new Set([...words, ...asked.readable])].filter((path) => !writable.includes(path)).sort(),
    writable: [...new Set(writable)].sort(),
    ...(memoryMiB === null ? {} : { memoryMiB }),
    ...(processes === null ? {} : { processes }),
    ...(asked.network ? { network: true } : {}),
  }
}

/** The boundary once it is known what the program offers, and what a person should know about it. */
export function proposedBoundary(
  program: StdioProgram,
  selectors: readonly string[],
  asked: AskedBoundary,
): { readonly boundary: ProgramBoundary; readonly remarks: readonly string[] } {
  const first = firstBoundary(program, asked)
  const known = presetsFor(selectors)
  const writes = known.find(({ readWrite }) => readWrite !== undefined)
  const isSaid = asked.writable.length > 0 || asked.readable.length > 0
  const writable =
    writes === undefined || isSaid ? [] : [...first.readable.filter(isFolder), ...dataOf(program)]
  const network = known.find(({ server }) => onNetwork.has(server))
  const boundary: ProgramBoundary = {
    ...first,
    readable: first.readable.filter((path) => !writable.includes(path)),
    writable: [...new Set([...first.writable, ...writable])].sort(),
    ...(network === undefined ? {} : { network: true }),
  }
  const remarks = [
    ...(writable.length === 0
      ? []
      : [
          `it is known to write (${writes?.server}), so it may write the folders it is given; --readable PATH says otherwise`,
        ]),
    ...(network === undefined || asked.network
      ? []
      : [
          `it is known to need the network (${network.server}): it may ask the gate, and holds nothing until you grant it`,
        ]),
  ]
  return { boundary, remarks }
}

/** Folders of the files that its variables name: known servers are told so where their data goes. */
function dataOf({ env }: StdioProgram): readonly string[] {
  return Object.values(env)
    .filter((value) => isAbsolute(value))
    .flatMap((path) => (isFolder(path) ? [path] : isFolder(dirname(path)) ? [dirname(path)] : []))
    .flatMap(canonical)
}

function pathNamed(word: string, flag: string): string {
  const [path] = canonical(resolve(word))
  if (path === undefined) throw usageFailure(`${flag} ${visible(word)} is not there`)
  if (path === '/') throw usageFailure(`${flag} / is everything; name what it needs`)
  return path
}

function canonical(path: string): readonly string[] {
  try {
    return [realpathSync(path)]
  } catch {
    return []
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

function countNamed(args: ParsedArguments, name: string): number | null {
  const word = valueOf(args, name)
  if (word === null) return null
  if (/^[1-9]\d{0,7}$/u.test(word)) return Number(word)
  throw usageFailure(`--${name} ${visible(word)} is not a whole number`)
}
