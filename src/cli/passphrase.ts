/**
 * Where the passphrase of an operator key comes from: the terminal, or a file for automation. A file makes
 * the operator's authority available to whatever can read it, so it must be private and it is never the
 * default.
 */
import { readFileSync, statSync } from 'node:fs'
import { usageFailure } from './exit.ts'
import { askSecret } from './prompt.ts'

/** The fewest characters of a new passphrase. */
export const passphraseCharacters = 10

/** How this run gets passphrases: a file, or null for the terminal. */
export interface PassphraseSource {
  readonly file: string | null
  /** For a command that signs several orders, shown one by one: passphrases that opened their key, by its name. */
  readonly proven?: Map<string, string>
}

/** The source named by `--passphrase-file` or, for automation, `CUSTOS_PASSPHRASE_FILE`. */
export function passphraseSource(flag: string | null, env: NodeJS.ProcessEnv): PassphraseSource {
  const file = flag ?? env['CUSTOS_PASSPHRASE_FILE'] ?? null
  return { file: file === '' ? null : file }
}

/** The passphrase of an existing key. */
export async function readPassphrase(source: PassphraseSource, keyName: string): Promise<string> {
  const proven = source.proven?.get(keyName)
  if (proven !== undefined) return proven
  return source.file === null ? askSecret(`Passphrase of operator ${keyName}: `) : passphraseFrom(source.file)
}

/** A passphrase for a new key: typed twice, or from the file. */
export async function newPassphrase(source: PassphraseSource, keyName: string): Promise<string> {
  if (source.file !== null) return longEnough(passphraseFrom(source.file))
  const first = longEnough(await askSecret(`New passphrase for operator ${keyName}: `))
  if ((await askSecret('The same again: ')) !== first) throw usageFailure('the two passphrases differ')
  return first
}

function longEnough(passphrase: string): string {
  if (passphrase.length >= passphraseCharacters) return passphrase
  throw usageFailure(`the passphrase is too short: it needs at least ${passphraseCharacters} characters`)
}

function passphraseFrom(file: string): string {
  let text: string
  try {
    if ((statSync(file).mode & 0o077) !== 0) {
      throw usageFailure(`the passphrase file ${file} can be read by others`, `run: chmod 600 ${file}`)
    }
    text = readFileSync(file, 'utf8')
  } catch (problem) {
    if (problem instanceof Error && 'code' in problem && problem.code === 'ENOENT') {
      throw usageFailure(`the passphrase file ${file} does not exist`)
    }
    throw problem
  }
  return text.replace(/\r?\n$/, '')
}
