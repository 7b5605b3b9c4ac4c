/**
 * Which program of an installed package runs, and how: the rule that npx uses, applied once and written down,
 * instead of at every start.
 */
import { closeSync, openSync, readFileSync, readSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseForeignJson } from '../base/foreign-json.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'

/** What matters of a `package.json`. */
export interface PackageManifest {
  readonly name: string
  readonly version: string
  /** Programs by name, as paths relative to the package. */
  readonly bin: ReadonlyMap<string, string>
}

/** How a program is started: the command, and what comes before its own arguments. */
export interface BinCommand {
  readonly command: string
  readonly args: readonly string[]
}

/** Reads the manifest in `folder`, or says why there is none to read. */
export function readPackage(folder: string): Result<PackageManifest, string> {
  let parsed: unknown
  try {
    parsed = parseForeignJson(readFileSync(join(folder, 'package.json'), 'utf8'))
  } catch {
    return err(`there is no readable package.json in ${folder}`)
  }
  const { name, version, bin } = (parsed ?? {}) as { name?: unknown; version?: unknown; bin?: unknown }
  if (typeof name !== 'string' || typeof version !== 'string')
    return err(`the package in ${folder} has no name`)
  return ok({ name, version, bin: binsOf(name, bin) })
}

function binsOf(name: string, bin: unknown): ReadonlyMap<string, string> {
  if (typeof bin === 'string') return new Map([[unscoped(name), bin]])
  if (typeof bin !== 'object' || bin === null) return new Map()
  return new Map(
    Object.entries(bin).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

function unscoped(name: string): string {
  return name.replace(/^@[^/]+\//u, '')
}

/**
 * The name of the program that npx would run: the only one, or all the same, or the one that is called like
 * the package. Everything else is ambiguous.
 */
export function defaultBin({ name, bin }: PackageManifest): Result<string, string> {
  const [first] = bin.keys()
  if (first !== undefined && new Set(bin.values()).size === 1) return ok(first)
  if (bin.has(unscoped(name))) return ok(unscoped(name))
  if (first === undefined) return err(`the package ${name} has no program`)
  return err(
    `the package ${name} has several programs (${[...bin.keys()].join(', ')}); choose one: npx -p ${name} PROGRAM`,
  )
}

/** How the program `bin` of the package in `folder` is started. Its file must lie in the package. */
export function binCommand(folder: string, bin: string): Result<BinCommand, string> {
  const manifest = readPackage(folder)
  if (!manifest.ok) return manifest
  const { name } = manifest.value
  const relative = manifest.value.bin.get(bin)
  if (relative === undefined) return err(`the package ${name} has no program ${bin}`)
  const file = join(folder, relative)
  try {
    if (!realpathSync(file).startsWith(`${realpathSync(folder)}/`)) {
      return err(`the program ${bin} of the package ${name} lies outside of it`)
    }
    return ok(scriptCommand(file))
  } catch {
    return err(`the package ${name} lacks the file of its program ${bin}`)
  }
}

/** A Node script is started by the Node that runs Custos, whatever is on the path; anything else by itself. */
export function scriptCommand(file: string): BinCommand {
  const options = nodeOptions(firstLine(file))
  if (options !== null) return { command: process.execPath, args: [...options, file] }
  return { command: file, args: [] }
}

/** The options of a `#!` line that asks for Node, or null when it asks for something else. */
function nodeOptions(line: string): readonly string[] | null {
  const match = /^#!\s*(?:\/usr\/bin\/env\s+(?:-S\s*)?)?(?:\S*\/)?node(?<options>(?:\s+\S+)*)\s*$/u.exec(line)
  const options = match?.groups?.['options']
  return options === undefined ? null : options.split(/\s+/u).filter((word) => word !== '')
}

function firstLine(file: string): string {
  const bytes = Buffer.alloc(512)
  const descriptor = openSync(file, 'r')
  try {
    const read = readSync(descriptor, bytes, 0, bytes.length, 0)
    return bytes.toString('latin1', 0, read).split('\n')[0]?.trimEnd() ?? ''
  } finally {
    closeSync(descriptor)
  }
}

/** The folder of the package that holds `file`, or null when it lies in no `node_modules`. */
export function packageFolder(file: string): string | null {
  const match = /^(?<folder>.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\/./u.exec(file)?.groups?.['folder'] ?? null
  return match === null || match.endsWith('/.bin') ? null : match
}

/** The program `name` in the nearest `node_modules/.bin` from `folder` upwards, with links resolved, or null. */
export function installedBin(folder: string, name: string): string | null {
  try {
    return realpathSync(join(folder, 'node_modules', '.bin', name))
  } catch {
    const parent = dirname(folder)
    return parent === folder ? null : installedBin(parent, name)
  }
}
