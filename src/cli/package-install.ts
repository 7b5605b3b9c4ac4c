/**
 * Installs one npm package into a folder of its own, exactly one version and without running any of its code,
 * and pins the folder with everything in it. npm's own lock file stays beside the modules.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseForeignJson } from '../base/foreign-json.ts'
import { sha256Hex } from '../base/hash.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import { listCode } from '../driver/code-folder.ts'
import { listingPath } from '../driver/code-pin.ts'
import type { CodePin } from '../kernel/manifest.ts'
import { findProgram } from './driver-command.ts'
import { registrySpec } from './package-words.ts'

/** A package on disk. */
export interface InstalledPackage {
  readonly name: string
  readonly version: string
  /** The package's own folder, inside the pinned one. */
  readonly folder: string
  readonly pin: CodePin
  /** Packages with install scripts, which were not run. */
  readonly withScripts: readonly string[]
}

const installMs = 600_000
const fixed = [
  'install',
  '--ignore-scripts',
  '--omit=dev',
  '--save-exact',
  '--install-links',
  '--no-audit',
  '--no-fund',
  '--no-update-notifier',
  '--no-workspaces',
  '--loglevel=error',
]

/**
 * Installs `spec` into `folder`, which must not exist; npm's progress goes to standard error. Paths in `spec`
 * are relative to `from`. On an error the folder may be left for the caller to remove.
 */
export async function installPackage(
  spec: string,
  folder: string,
  from: string,
): Promise<Result<InstalledPackage, string>> {
  mkdirSync(folder, { mode: 0o700 })
  // The name keeps npm from writing the folder's into its lock file: equal packages have equal digests.
  writeFileSync(join(folder, 'package.json'), '{"name":"driver","private":true}\n', { mode: 0o600 })
  const wanted = /^(?:\.|\/)/u.test(spec) ? resolve(from, spec) : spec
  const ended = await runNpm([...fixed, '--prefix', folder, '--', wanted], folder)
  if (ended !== null) return err(`npm could not install ${spec}: ${ended}`)
  return describeInstalled(spec, folder)
}

function runNpm(args: readonly string[], cwd: string): Promise<string | null> {
  const npm = findProgram('npm', process.env['PATH'] ?? '', cwd)
  if (npm === null) return Promise.resolve('there is no npm here')
  const { promise, resolve: settle } = Promise.withResolvers<string | null>()
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('CUSTOS_')))
  const options = { cwd, env, timeout: installMs, killSignal: 'SIGKILL' } as const
  const child = spawn(npm, args, { ...options, stdio: ['ignore', 2, 2] })
  const stop = (): void => void child.kill('SIGKILL')
  process.once('exit', stop)
  child.once('error', (problem) => settle(problem.message))
  child.once('exit', (code, signal) => settle(code === 0 ? null : `npm ended with ${code ?? signal}`))
  return promise.finally(() => process.off('exit', stop))
}

interface LockedPackage {
  readonly version?: unknown
  readonly integrity?: unknown
  readonly hasInstallScript?: unknown
}

async function describeInstalled(spec: string, folder: string): Promise<Result<InstalledPackage, string>> {
  const manifest = readJson(join(folder, 'package.json')) as { dependencies?: Record<string, unknown> } | null
  const lock = readJson(join(folder, 'package-lock.json')) as {
    packages?: Record<string, LockedPackage>
  } | null
  const [name, another] = Object.keys(manifest?.dependencies ?? {})
  const locked = lock?.packages ?? {}
  const entry = name === undefined ? undefined : locked[`node_modules/${name}`]
  if (name === undefined || another !== undefined || typeof entry?.version !== 'string') {
    return err(`npm did not install ${spec} as one package`)
  }
  const pin = await pinPackage(folder, originOf(spec, name, entry))
  if (!pin.ok) return pin
  const withScripts = Object.entries(locked)
    .filter(([, { hasInstallScript }]) => hasInstallScript === true)
    .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length))
  return ok({
    name,
    version: entry.version,
    folder: join(folder, 'node_modules', name),
    pin: pin.value,
    withScripts,
  })
}

/** What is told to people and signed; `pinnedPackage` reads it back. */
function originOf(spec: string, name: string, { version, integrity }: LockedPackage): string {
  const source = registrySpec(spec) === null ? ` from ${spec}` : ''
  const proof = typeof integrity === 'string' ? ` integrity ${integrity}` : ''
  return `npm ${name}@${String(version)}${source}${proof}`
}

/** The package that a pin came from, or null when it came from none. */
export function pinnedPackage(pin: CodePin): { readonly name: string; readonly version: string } | null {
  const groups = /^npm (?<name>\S+)@(?<version>[^\s@,]+)/u.exec(pin.origin)?.groups
  const [name, version] = [groups?.['name'], groups?.['version']]
  return name === undefined || version === undefined ? null : { name, version }
}

/** Pins the folder and keeps its listing beside it, so that a difference can be named later. */
export async function pinPackage(path: string, origin: string): Promise<Result<CodePin, string>> {
  const listing = await listCode(path)
  if (!listing.ok) return listing
  writeFileSync(listingPath(path), listing.value, { mode: 0o600 })
  return ok({ path, digest: sha256Hex(listing.value), origin })
}

function readJson(file: string): unknown {
  try {
    return parseForeignJson(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}
