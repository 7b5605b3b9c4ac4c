/**
 * The vault of one home: a private folder with one sealed file for each secret. Only the net service opens values;
 * the CLI writes them and reads what is said of them. A file that is not what it should be is reported and left out,
 * and never stops the others.
 */
import { existsSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isName } from '../../kernel/sovereign/parse-order.ts'
import type { SealedSecret } from './sealed-secret.ts'
import { openSecret, readSealedSecret } from './sealed-secret.ts'
import { replaceFile } from './replace-file.ts'
import type { SecretHead } from './secret.ts'
import { makeVaultFolder, readVaultKey, vaultFolder, whyNotPrivate } from './vault-key.ts'

/** A secret that can be used. */
export interface OpenSecret {
  readonly head: SecretHead
  readonly value: Uint8Array
}

/** What is in a vault, and what is wrong with the rest. Problems name files and never values. */
export interface Vault<T> {
  readonly secrets: readonly T[]
  readonly problems: readonly string[]
}

const suffix = '.secret.json'
const maxSecrets = 512
const maxFileBytes = 262_144

function fileOf(home: string, name: string): string {
  return join(vaultFolder(home), `${name}${suffix}`)
}

/** What is said of each secret, sorted by name. Needs no key. */
export function readVault(home: string): Vault<SecretHead> {
  const { secrets, problems } = readSealed(home)
  return { secrets: secrets.map(({ head }) => head), problems }
}

/** Every secret with its value, for as long as the caller lives. */
export function openVault(home: string): Vault<OpenSecret> {
  const { secrets, problems } = readSealed(home)
  if (secrets.length === 0) return { secrets: [], problems }
  const key = readVaultKey(home)
  if (!key.ok) return { secrets: [], problems: [...problems, key.error] }
  const opened: OpenSecret[] = []
  const closed: string[] = []
  for (const sealed of secrets) {
    const value = openSecret(key.value, sealed)
    if (value !== null) opened.push({ head: sealed.head, value })
    else closed.push(`the secret ${sealed.head.name} was changed, or sealed under another key`)
  }
  return { secrets: opened, problems: [...problems, ...closed] }
}

/** The file of one secret as it stands, to be put back when an order is refused; null when there is none. */
export function secretText(home: string, name: string): string | null {
  const file = fileOf(home, name)
  return existsSync(file) ? readFileSync(file, 'utf8') : null
}

/** Writes one secret's file, or removes it when `text` is null. Durable on return. */
export function writeSecretText(home: string, name: string, text: string | null): void {
  if (text === null) return rmSync(fileOf(home, name), { force: true })
  makeVaultFolder(home)
  replaceFile(fileOf(home, name), text)
}

function readSealed(home: string): Vault<SealedSecret> {
  const folder = vaultFolder(home)
  if (!existsSync(folder)) return { secrets: [], problems: [] }
  const exposed = whyNotPrivate(folder)
  if (exposed !== null) return { secrets: [], problems: [exposed] }
  const names = readdirSync(folder)
    .filter((file) => file.endsWith(suffix))
    .map((file) => file.slice(0, -suffix.length))
    .filter(isName)
    .sort()
  const secrets: SealedSecret[] = []
  const problems = names.length > maxSecrets ? [`there are more than ${maxSecrets} secrets`] : []
  for (const name of names.slice(0, maxSecrets)) {
    const found = readOne(home, name)
    if (typeof found === 'string') problems.push(found)
    else secrets.push(found)
  }
  return { secrets, problems }
}

function readOne(home: string, name: string): SealedSecret | string {
  const file = fileOf(home, name)
  const exposed = whyNotPrivate(file)
  if (exposed !== null) return exposed
  if (statSync(file).size > maxFileBytes) return `${file} is too large`
  const sealed = readSealedSecret(readFileSync(file))
  return sealed?.head.name === name ? sealed : `${file} is damaged`
}
