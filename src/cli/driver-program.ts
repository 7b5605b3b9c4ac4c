/**
 * The program of a driver as it will be signed, made from what a person asked for: an npm package is installed
 * once and pinned, any other command is resolved and its files are pinned, an HTTP server is named by its URL.
 */
import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { CodePin, DriverProgram, ReverseSelector, StdioProgram } from '../kernel/manifest.ts'
import type { AskedBoundary } from './driver-boundary-proposal.ts'
import { firstBoundary, nothingAsked } from './driver-boundary-proposal.ts'
import { findProgram, pinFiles, pinRemarks } from './driver-command.ts'
import type { DriverFolder } from './driver-folder.ts'
import { freePackagePath, makeDriverFolder, removePackage } from './driver-folder.ts'
import { orUndo } from './driver-undo.ts'
import { visible } from './escape.ts'
import { CommandFailure, exitCodes, usageFailure } from './exit.ts'
import type { BinCommand } from './package-bin.ts'
import { binCommand, defaultBin, installedBin, readPackage, scriptCommand } from './package-bin.ts'
import { dataVariables } from './package-data.ts'
import type { InstalledPackage } from './package-install.ts'
import { installPackage } from './package-install.ts'
import type { PackageCommand } from './package-words.ts'
import { packageCommand } from './package-words.ts'

/** A program that speaks over standard input and output, as asked for. */
export interface CommandRequest {
  readonly kind: 'command'
  /** The command and its arguments, as typed. */
  readonly words: readonly string[]
  /** Absolute. */
  readonly cwd: string
  readonly env: { readonly [name: string]: string }
  /** Arguments that are files but not code: they are not pinned. */
  readonly data: readonly string[]
  /** What was said of its boundary. */
  readonly boundary?: AskedBoundary
}

/** A program ready to be looked at, with what a person should know about it. */
export interface PreparedProgram {
  readonly program: DriverProgram
  readonly remarks: readonly string[]
}

/** Pieces of a stdio program that depend on what kind of command it is. */
interface Pieces extends BinCommand {
  readonly code: readonly CodePin[]
  readonly remarks: readonly string[]
  /** Variables that hold unless a person says otherwise. */
  readonly env?: { readonly [name: string]: string }
}

/** Makes the program. May install a package into `folder`, which the caller removes if nothing comes of it. */
export async function prepareCommand(
  request: CommandRequest,
  client: readonly ReverseSelector[],
  folder: DriverFolder,
  note: (line: string) => void,
): Promise<PreparedProgram> {
  const asked = packageCommand(request.words)
  if (!asked.ok) throw usageFailure(asked.error)
  const pieces =
    asked.value === null
      ? await piecesOfCommand(request)
      : asked.value.installed
        ? await piecesOfInstalled(asked.value, request)
        : await piecesOfPackage(asked.value, request, folder, note)
  const program: StdioProgram = {
    protocol: 'mcp-stdio',
    command: pieces.command,
    args: pieces.args,
    cwd: request.cwd,
    env: { ...pieces.env, ...request.env },
    ...(pieces.code.length === 0 ? {} : { code: pieces.code }),
    ...(client.length === 0 ? {} : { client }),
  }
  const boundary = firstBoundary(program, request.boundary ?? nothingAsked)
  return { program: { ...program, boundary }, remarks: pieces.remarks }
}

async function piecesOfCommand({ words, cwd, data }: CommandRequest): Promise<Pieces> {
  const [word = '', ...args] = words
  const command = findProgram(word, process.env['PATH'] ?? '', cwd)
  if (command === null) throw usageFailure(`there is no program ${word}`, 'give its path')
  return piecesOfFiles({ command: settled(command), args }, cwd, data)
}

/** The Node that runs Custos, by its own path: a link to it on the path could later lead elsewhere. */
function settled(command: string): string {
  return realpathSync(command) === realpathSync(process.execPath) ? process.execPath : command
}

async function piecesOfFiles(
  { command, args }: BinCommand,
  cwd: string,
  data: readonly string[],
): Promise<Pieces> {
  const code = await pinFiles(command, args, cwd, data)
  if (!code.ok) throw usageFailure(code.error)
  return { command, args, code: code.value, remarks: pinRemarks(command, code.value) }
}

/** `npx --no-install`: what lies in the nearest node_modules, found once instead of at every start. */
async function piecesOfInstalled(
  { spec, bin, args }: PackageCommand,
  { cwd, data }: CommandRequest,
): Promise<Pieces> {
  const file = installedBin(cwd, bin ?? spec) ?? installedPackageBin(cwd, spec)
  if (file === null) {
    throw usageFailure(
      `${spec} is not installed from ${cwd} upwards`,
      'install it there, or leave out --no-install: then it is installed into the home and pinned whole',
    )
  }
  const script = scriptCommand(file)
  return piecesOfFiles({ command: script.command, args: [...script.args, ...args] }, cwd, data)
}

function installedPackageBin(cwd: string, name: string): string | null {
  const parts = cwd.split('/')
  for (let depth = parts.length; depth > 0; depth--) {
    const manifest = readPackage(join('/', ...parts.slice(0, depth), 'node_modules', name))
    if (!manifest.ok) continue
    const bin = defaultBin(manifest.value)
    return bin.ok ? installedBin(cwd, bin.value) : null
  }
  return null
}

async function piecesOfPackage(
  asked: PackageCommand,
  { cwd }: CommandRequest,
  folder: DriverFolder,
  note: (line: string) => void,
): Promise<Pieces> {
  const installed = await installInto(asked.spec, folder, cwd, note)
  const started = binOf(installed, asked.bin)
  return {
    command: started.command,
    args: [...started.args, ...asked.args],
    code: [installed.pin],
    remarks: scriptRemarks(installed),
    env: dataPlace(installed, folder),
  }
}

function dataPlace({ name }: InstalledPackage, { data }: DriverFolder): { readonly [name: string]: string } {
  const variables = dataVariables(name, data)
  if (Object.keys(variables).length > 0) makeDriverFolder({ folder: data })
  return variables
}

/** Installs a package beside whatever the driver's folder holds already; fails as a command does. */
export async function installInto(
  spec: string,
  folder: DriverFolder,
  cwd: string,
  note: (line: string) => void,
): Promise<InstalledPackage> {
  note(`Installing ${visible(spec)} once, without running its scripts…`)
  const path = freePackagePath(folder)
  return orUndo(
    () => removePackage(path),
    async () => {
      const installed = await installPackage(spec, path, cwd)
      if (installed.ok) return installed.value
      throw new CommandFailure(exitCodes.usage, installed.error, 'nothing was kept')
    },
  )
}

/** How the package's program `bin`, or the one that npx would choose, is started. */
export function binOf({ folder }: InstalledPackage, bin: string | null): BinCommand {
  const manifest = readPackage(folder)
  const chosen =
    bin !== null ? { ok: true as const, value: bin } : manifest.ok ? defaultBin(manifest.value) : manifest
  const command = chosen.ok ? binCommand(folder, chosen.value) : chosen
  if (!command.ok) throw usageFailure(command.error)
  return command.value
}

/** What a person should know about scripts that were left out. */
export function scriptRemarks({ withScripts }: InstalledPackage): readonly string[] {
  return withScripts.length === 0
    ? []
    : [
        `install scripts were not run, of: ${withScripts.join(', ')}; if the program needs them, it will not work`,
      ]
}
