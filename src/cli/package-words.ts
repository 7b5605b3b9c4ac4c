/**
 * Reads a command that would fetch an npm package every time it runs (`npx -y PKG`, `npm exec PKG`), so that
 * the package can be installed once and pinned instead. Options that would change what runs are refused
 * rather than guessed at.
 */
import { basename } from 'node:path'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'

/** A package to run: what npm is asked for, which of its programs, and the program's own arguments. */
export interface PackageCommand {
  /** As npm takes it: `NAME`, `NAME@VERSION`, a tarball or a folder. */
  readonly spec: string
  /** The program's name when it was given, or null for the one that npx would choose. */
  readonly bin: string | null
  readonly args: readonly string[]
  /** True when only what is installed already may run (`--no-install`): nothing is fetched. */
  readonly installed: boolean
}

const ignored: ReadonlySet<string> = new Set([
  '-y',
  '--yes',
  '-q',
  '--quiet',
  '-s',
  '--silent',
  '--prefer-online',
  '--prefer-offline',
])
const offline: ReadonlySet<string> = new Set(['--no-install', '--no', '--no-yes'])
const registryName = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/u
/** What npm would read as a file, wherever it stands. */
const fileName = /^\.|\.(?:tgz|tar|tar\.gz)$/iu

/** The package that `words` run, null when they run something else, or why they cannot be followed. */
export function packageCommand(words: readonly string[]): Result<PackageCommand | null, string> {
  const [command = '', second = ''] = words
  const name = basename(command)
  if (name === 'npx') return readWords('npx', words.slice(1))
  if (name === 'npm' && (second === 'exec' || second === 'x')) {
    return readWords('npm exec', words.slice(2))
  }
  return ok(null)
}

/**
 * A package's name and what follows the `@`, or null for specifications that name no registry package. One that
 * says `NAME@npm:OTHER`, or an address or file behind the `@`, names something else than it begins with.
 */
export function registrySpec(
  spec: string,
): { readonly name: string; readonly version: string | null } | null {
  const at = spec.lastIndexOf('@')
  const name = at > 0 ? spec.slice(0, at) : spec
  const version = at > 0 ? spec.slice(at + 1) : null
  if (!registryName.test(name) || fileName.test(version ?? name)) return null
  return version !== null && /[/:\\]/u.test(version) ? null : { name, version }
}

function readWords(tool: string, words: readonly string[]): Result<PackageCommand | null, string> {
  let spec: string | null = null
  let installed = false
  let at = 0
  for (; at < words.length; at++) {
    const word = words[at] ?? ''
    if (!word.startsWith('-')) break
    const packageWord = /^(?:--package=|-p=?)(?<spec>.+)$/u.exec(word)?.groups?.['spec']
    if (word === '--') {
      at++
      break
    } else if (offline.has(word)) installed = true
    else if (word === '-p' || word === '--package' || packageWord !== undefined) {
      if (spec !== null) return err(`${tool} with more than one package cannot be pinned as one`)
      spec = packageWord ?? words[++at] ?? ''
    } else if (!ignored.has(word)) {
      return err(
        `${tool} ${word} cannot be followed; give the package and its arguments, or the program itself`,
      )
    }
  }
  const [first, ...rest] = words.slice(at)
  if (first === undefined || first === '') return err(`${tool} names no package`)
  const args = ownArguments(tool, words[at - 1] === '--', rest)
  if (!args.ok) return args
  const chosen = spec ?? first
  if (chosen.startsWith('-')) return err(`"${chosen}" is not a package`)
  return ok({ spec: chosen, bin: spec === null ? null : first, args: args.value, installed })
}

/** npx leaves everything after the package alone; `npm exec` takes options up to a `--` for itself. */
function ownArguments(
  tool: string,
  isAfterDashes: boolean,
  rest: readonly string[],
): Result<readonly string[], string> {
  if (tool === 'npx' || isAfterDashes) return ok(rest)
  const dashes = rest.indexOf('--')
  const before = dashes < 0 ? rest : rest.slice(0, dashes)
  const option = before.find((word) => word.startsWith('-'))
  if (option !== undefined) return err(`npm exec takes ${option} for itself; write -- before the package`)
  return ok(dashes < 0 ? rest : [...before, ...rest.slice(dashes + 1)])
}
