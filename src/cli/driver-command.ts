/**
 * From the command a person types to a program that can be pinned: an absolute path, because what is signed
 * must not depend on somebody's PATH, and the files among its words that are code.
 */
import { accessSync, constants, realpathSync, statSync } from 'node:fs'
import { basename, delimiter, isAbsolute, join, resolve } from 'node:path'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import { pinCode } from '../driver/code-pin.ts'
import type { CodePin } from '../kernel/manifest.ts'
import { packageFolder, readPackage } from './package-bin.ts'

/** Programs that fetch or assemble what they run: to pin their own file says little. */
const launchers: ReadonlySet<string> = new Set(
  'uvx uv pipx docker podman nerdctl bunx bun deno pnpm pnpx yarn npm npx go cargo dotnet dnx make env sh bash zsh ssh nix'.split(
    ' ',
  ),
)

/** The absolute path of a program, or null when there is none; relative paths start at `cwd`. */
export function findProgram(command: string, path: string, cwd: string): string | null {
  if (command === '') return null
  const places = command.includes('/')
    ? [resolve(cwd, command)]
    : path
        .split(delimiter)
        .filter((folder) => isAbsolute(folder))
        .map((folder) => join(folder, command))
  return places.find(isExecutable) ?? null
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}

/**
 * Pins the program at `command` and every argument that is an existing file, unless `data` names it. A file
 * inside an installed package pins that package's folder. The Node that runs Custos is not pinned: Custos
 * itself trusts it.
 */
export async function pinFiles(
  command: string,
  args: readonly string[],
  cwd: string,
  data: readonly string[],
): Promise<Result<readonly CodePin[], string>> {
  const spared = new Set(data.map((path) => resolve(cwd, path)))
  const files = [command, ...args.map((word) => resolve(cwd, word))]
    .filter((path) => !spared.has(path))
    .flatMap((path) => codeOf(path))
  const pins: CodePin[] = []
  for (const path of new Set(files)) {
    const pin = await pinCode(path, foundOrigin(path))
    if (!pin.ok) return err(pin.error)
    pins.push(pin.value)
  }
  return ok(pins)
}

/** What is pinned for a path: the package's folder, the file, or nothing when it is no file. */
function codeOf(path: string): readonly string[] {
  try {
    if (!statSync(path).isFile()) return []
    const real = realpathSync(path)
    if (real === realpathSync(process.execPath)) return []
    return [packageFolder(real) ?? path]
  } catch {
    return []
  }
}

/** Where pinned code came from, as far as can be told by looking: a package that somebody else installed. */
export function foundOrigin(path: string): string {
  if (packageFolder(`${path}/.`) !== path) return ''
  const manifest = readPackage(path)
  return manifest.ok ? `npm ${manifest.value.name}@${manifest.value.version} as found there` : ''
}

/** What a person should know about how far the pins of this program reach; empty when they reach far. */
export function pinRemarks(command: string, pins: readonly CodePin[]): readonly string[] {
  const name = basename(command)
  if (launchers.has(name)) {
    return [`WARNING: ${name} decides at every start what it runs; only the files shown are pinned`]
  }
  if (pins.length === 0) return ['WARNING: no code of this program could be pinned']
  const folders = pins.filter((pin) => pin.origin.endsWith(' as found there'))
  return folders.map(
    (pin) =>
      `${pin.path} is pinned; packages that it loads from elsewhere are not (npx PACKAGE pins them too)`,
  )
}
