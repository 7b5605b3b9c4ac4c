/**
 * The files in the folder of operators' keys: one for each key, sealed, and never replaced.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseStrictJson } from '../base/strict-json.ts'
import { isName } from '../kernel/sovereign/parse-order.ts'
import { damagedFailure, usageFailure } from './exit.ts'
import { writeNewFile } from './new-file.ts'
import type { SealedKey } from './operator-key.ts'
import { sealedKeyFrom } from './operator-key.ts'

/** Names of the keys in the folder, sorted. */
export function keyNames(folder: string): readonly string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((file) => file.endsWith('.key') && isName(file.slice(0, -4)))
    .map((file) => file.slice(0, -4))
    .sort()
}

/** Reads one key file without opening the key. */
export function readKeyFile(folder: string, name: string): SealedKey {
  const file = join(folder, `${name}.key`)
  if (!isName(name) || !existsSync(file)) {
    const known = keyNames(folder)
    throw usageFailure(
      `there is no operator key "${name}" in ${folder}`,
      known.length === 0
        ? 'the folder has no keys; set CUSTOS_KEYS if they are elsewhere'
        : `keys there: ${known.join(', ')}`,
    )
  }
  const parsed = parseStrictJson(Buffer.from(readFileSync(file, 'utf8').replace(/\s+$/, '')))
  const key = parsed.ok ? sealedKeyFrom(parsed.value) : null
  if (key === null) throw damagedFailure(`the key file ${file} is damaged`, 'restore it from a backup')
  return key
}

/** Removes a key file that was made for nothing. */
export function removeKeyFile(folder: string, name: string): void {
  if (isName(name)) rmSync(join(folder, `${name}.key`), { force: true })
}

/** Writes a new key file, readable by its owner only, durable on return. Never replaces one. */
export function writeKeyFile(folder: string, key: SealedKey): string {
  const { name } = key
  if (!isName(name)) throw usageFailure('that cannot be a name: use lower case, digits, ".", "_" and "-"')
  const file = join(folder, `${name}.key`)
  if (!existsSync(folder)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    chmodSync(folder, 0o700)
  }
  if (existsSync(file)) {
    throw usageFailure(`an operator key ${file} exists already`, 'choose another name with --operator NAME')
  }
  writeNewFile(file, `${JSON.stringify(key)}\n`)
  return file
}
