/**
 * What a command is: a name, its flags, and a function from a context to an exit code. Commands are data in
 * the table of `commands.ts`, so that help, suggestions and the documentation test read the same list.
 */
import type { FlagSpec, ParsedArguments } from './arguments.ts'
import type { HomePaths } from './home.ts'
import type { KernelClient } from './kernel-client.ts'
import type { Output } from './output.ts'
import type { PassphraseSource } from './passphrase.ts'
import type { Past } from './past/past.ts'

/** What every command is given. */
export interface Context {
  readonly paths: HomePaths
  readonly out: Output
  readonly env: NodeJS.ProcessEnv
  readonly args: ParsedArguments
  /** Name of the operator key to use, or null to find the one that this home has enrolled. */
  readonly operator: string | null
  readonly passphrases: PassphraseSource
  /** True when the person wants to see the exact bytes that are signed. */
  readonly showRecord: boolean
  /** The moment that is looked at instead of now, and what answers for the kernel of then: `custos at`. */
  readonly past?: Past & { connect(): Promise<KernelClient> }
}

/** One entry of the command table. */
export interface Command {
  /** One to three words, for example `agent add`. */
  readonly name: string
  /** What follows the name, for example `NAME [--token-file FILE]`. */
  readonly synopsis: string
  /** One line for the list of commands. */
  readonly summary: string
  /** More, for `--help`; lines of at most about 90 characters. */
  readonly details: readonly string[]
  readonly flags: readonly FlagSpec[]
  /** Fewest and most positional arguments; `most` null is without bound. */
  readonly positionals: { readonly fewest: number; readonly most: number | null }
  /** True when a program must follow after `--`; `optional` when it may. */
  readonly takesProgram?: true | 'optional'
  /** It only looks, through the kernel's views or the ledger, and can do so as of the past: `custos at`. */
  readonly asOf?: true
  /** It concerns the whole home: there is no `--domain` that chooses one, unless its own flags have it. */
  readonly isHomeWide?: true
  /** What the command exits with when it fails by itself, where its own status is that of a program. */
  readonly failureStatus?: number
  /** Returns one of the documented exit codes, or the status of the program that it ran. */
  readonly run: (context: Context) => Promise<number>
}

/** Flags that every command takes. */
export const commonFlags: readonly FlagSpec[] = [
  { name: 'json', about: 'print one JSON value, or one per line for streams' },
  { name: 'home', value: 'DIR', about: 'the folder that holds all state (CUSTOS_HOME, ~/.custos)' },
  { name: 'help', short: 'h', about: 'explain this command' },
]

const domainFlag: FlagSpec = {
  name: 'domain',
  value: 'NAME',
  about: 'the domain that is meant (default: main)',
}

/** All flags that `command` takes. */
export function flagsOf({ flags, isHomeWide }: Command): readonly FlagSpec[] {
  return [...flags, ...(isHomeWide === true ? [] : [domainFlag]), ...commonFlags]
}

/** Flags of every command that signs an order. */
export const signingFlags: readonly FlagSpec[] = [
  { name: 'operator', value: 'NAME', about: 'which operator key signs (default: the one enrolled here)' },
  {
    name: 'passphrase-file',
    value: 'FILE',
    about: 'take the passphrase from a private file, for automation',
  },
  { name: 'show-record', about: 'print the exact bytes that are signed' },
]
