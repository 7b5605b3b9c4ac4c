/**
 * The program of a driver as it shall be from now on: the accepted one with what an operator wants changed, its
 * package in another version, and the pins of code that changed on disk taken again.
 */
import type { DriverProgram, ReverseSelector, StdioProgram } from '../kernel/manifest.ts'
import type { CodeDifference } from './driver-code.ts'
import { codeDifferences } from './driver-code.ts'
import { makeDriverFolder, removePackage } from './driver-folder.ts'
import { binOf, installInto, scriptRemarks } from './driver-program.ts'
import type { KnownDriver } from './driver-review.ts'
import { tokenPath } from './driver-server.ts'
import { usageFailure } from './exit.ts'
import { readPackage } from './package-bin.ts'
import { pinnedPackage } from './package-install.ts'

/** What is to be different about the program. */
export interface ProgramChanges {
  /** A version of the pinned package, or a tag such as `latest`; null to stay. */
  readonly packageVersion: string | null
  /** Null to stay. */
  readonly client: readonly ReverseSelector[] | null
  /** Variables to set. */
  readonly env: { readonly [name: string]: string }
  /** A private file with the token of an HTTP server; null to stay. */
  readonly tokenFile: string | null
}

/** A program to be signed, and what becomes of packages. */
export interface ChangedProgram {
  readonly program: DriverProgram
  readonly remarks: readonly string[]
  /** Its code against what was accepted. */
  readonly code: readonly CodeDifference[]
  /** A package that was installed for it: to be removed if the order is not given. */
  readonly installed: string | null
  /** A package that it does not need any more: to be removed once the order is given. */
  readonly retired: string | null
}

/** Makes the program. May install a package; on a failure nothing of that is left. */
export async function changedProgram(
  known: KnownDriver,
  changes: ProgramChanges,
  note: (line: string) => void,
): Promise<ChangedProgram> {
  const { program } = known.manifest
  if (program.protocol === 'service')
    throw usageFailure('a service is part of Custos', 'custos driver accept, without changes')
  if (program.protocol === 'domain')
    throw usageFailure('another domain has no program here', 'custos driver accept, without changes')
  if (program.protocol === 'mcp-http') {
    if (changes.packageVersion !== null || Object.keys(changes.env).length > 0)
      throw usageFailure('an HTTP server has neither a package nor an environment')
    const credential = changes.tokenFile === null ? program.credential : tokenPath(changes.tokenFile)
    return { program: withClient({ ...program, credential }, changes.client), ...unpackaged }
  }
  if (changes.tokenFile !== null) throw usageFailure('--token-file is for HTTP servers')
  const next: StdioProgram = { ...program, env: { ...program.env, ...changes.env } }
  const base = withClient(next, changes.client)
  return changes.packageVersion === null
    ? repinned(base)
    : upgraded(known, base, changes.packageVersion, note)
}

const unpackaged: Omit<ChangedProgram, 'program'> = { remarks: [], code: [], installed: null, retired: null }

function withClient<P extends DriverProgram>(program: P, client: readonly ReverseSelector[] | null): P {
  if (client === null) return program
  const { client: _before, ...rest } = program
  return (client.length === 0 ? rest : { ...rest, client }) as P
}

/** The same files, pinned as they are now. */
async function repinned(program: StdioProgram): Promise<ChangedProgram> {
  const { code: pins } = program
  const code = await codeDifferences(program)
  const lost = code.find(({ now }) => now === null)
  if (lost !== undefined) throw usageFailure(lost.problem, 'put it back, or add the driver anew')
  if (pins === undefined || code.length === 0) return { ...unpackaged, program }
  const fresh = new Map(code.map(({ accepted, now }) => [accepted.path, now]))
  const next = { ...program, code: pins.map((pin) => fresh.get(pin.path) ?? pin) }
  return { ...unpackaged, program: next, code }
}

/** Another version of the package, beside the old one, with the program it has under the same name. */
async function upgraded(
  { folder }: KnownDriver,
  program: StdioProgram,
  version: string,
  note: (line: string) => void,
): Promise<ChangedProgram> {
  const code = program.code ?? []
  const old = code.find((pin) => pin.path.startsWith(`${folder.folder}/`) && pinnedPackage(pin) !== null)
  const name = old === undefined ? undefined : pinnedPackage(old)?.name
  if (old === undefined || name === undefined)
    throw usageFailure(
      'this driver does not run a package that Custos installed',
      'change it where it came from, then: custos driver accept',
    )
  if (!/^[A-Za-z0-9._^~<>=|*+ -]{1,128}$/u.test(version)) throw usageFailure(`"${version}" is no version`)
  makeDriverFolder(folder)
  const before = startOf(program, old.path)
  const installed = await installInto(`${name}@${version}`, folder, program.cwd, note)
  if (installed.pin.digest === old.digest) {
    removePackage(installed.pin.path)
    return repinned(program)
  }
  try {
    const bin = binNamed(`${old.path}/node_modules/${name}`, before.file)
    const started = binOf(installed, bin)
    return {
      program: {
        ...program,
        command: started.command,
        args: [...started.args, ...before.args],
        code: code.map((pin) => (pin === old ? installed.pin : pin)),
      },
      remarks: scriptRemarks(installed),
      code: [{ accepted: old, now: installed.pin, problem: '', files: [] }],
      installed: installed.pin.path,
      retired: old.path,
    }
  } catch (problem) {
    removePackage(installed.pin.path)
    throw problem
  }
}

/** The file that was started out of the package, and the program's own arguments behind it. */
function startOf(
  { command, args }: StdioProgram,
  folder: string,
): { readonly file: string; readonly args: readonly string[] } {
  if (command.startsWith(`${folder}/`)) return { file: command, args }
  const at = args.findIndex((word) => word.startsWith(`${folder}/`))
  return { file: args[at] ?? '', args: args.slice(at + 1) }
}

/** The name under which the package has `file` as a program, or null when it has none. */
function binNamed(folder: string, file: string): string | null {
  const manifest = readPackage(folder)
  if (!manifest.ok) return null
  const found = [...manifest.value.bin].find(([, path]) => `${folder}/${path.replace(/^\.\//u, '')}` === file)
  return found?.[0] ?? null
}
