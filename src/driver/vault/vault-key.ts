/**
 * The key that secrets are sealed under. It lies beside the operators' keys, outside the home and unseen by every
 * sandbox, because a copy of the home folder alone must not give the secrets away. The net service reads it
 * without a person being there, so it is as safe as the files of the user who runs Custos, and not safer.
 */
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { fromBase64url, toBase64url } from '../../base/base64url.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { replaceFile } from './replace-file.ts'

const keyBytes = 32

/** The folder of sealed secrets of one home. */
export function vaultFolder(home: string): string {
  return join(home, 'vault')
}

/** Makes the folder, closed to others. */
export function makeVaultFolder(home: string): void {
  mkdirSync(vaultFolder(home), { recursive: true, mode: 0o700 })
  chmodSync(vaultFolder(home), 0o700)
}

/** The file in the vault that names the key's file. Whoever changes it can break the vault and not open it. */
function pointer(home: string): string {
  return join(vaultFolder(home), 'key-file')
}

/** Where this vault's key lies, or null when there is none yet. */
export function vaultKeyFile(home: string): string | null {
  const file = pointer(home)
  if (!existsSync(file)) return null
  const path = readFileSync(file, 'utf8').trim()
  return isAbsolute(path) ? path : null
}

/** Reads the key. The error says which file is missing, open to others or damaged. */
export function readVaultKey(home: string): Result<Uint8Array, string> {
  const file = vaultKeyFile(home)
  if (file === null) return err('there is no vault in this home yet')
  const problem = whyNotPrivate(file)
  if (problem !== null) return err(problem)
  const key = fromBase64url(readFileSync(file, 'utf8').trim())
  return key?.length === keyBytes ? ok(key) : err(`the vault's key ${file} is damaged`)
}

/** The key of this home's vault, made in `keyFolder` when there is none. Never replaces a key that is lost. */
export function ensureVaultKey(home: string, keyFolder: string): Result<Uint8Array, string> {
  if (vaultKeyFile(home) !== null) return readVaultKey(home)
  makeVaultFolder(home)
  mkdirSync(keyFolder, { recursive: true, mode: 0o700 })
  const file = join(keyFolder, `vault-${randomBytes(6).toString('hex')}.secret`)
  replaceFile(file, `${toBase64url(randomBytes(keyBytes))}\n`)
  replaceFile(pointer(home), `${file}\n`)
  return readVaultKey(home)
}

/** Why a file or folder must not be relied on to be ours alone, or null. */
export function whyNotPrivate(path: string): string | null {
  const status = lstatSync(path, { throwIfNoEntry: false })
  if (status === undefined) return `${path} is missing`
  if (status.isSymbolicLink()) return `${path} is a link`
  if (status.uid !== process.getuid?.()) return `${path} belongs to somebody else`
  return (status.mode & 0o077) === 0 ? null : `${path} can be read by others`
}
