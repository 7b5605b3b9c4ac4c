/**
 * Which further authorities are believed for which hosts, for servers of one's own that no public authority vouches
 * for. The list is part of the definition of `http/request`, so an operator signed it; it holds nothing secret.
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { canonicalJson } from '../../base/canonical-json.ts'
import { isJsonObject } from '../../base/json.ts'
import { parseStrictJson } from '../../base/strict-json.ts'
import { replaceFile } from './replace-file.ts'
import { isCanonicalHost } from './secret.ts'
import { makeVaultFolder, vaultFolder } from './vault-key.ts'

/** PEM texts by canonical host. */
export type Trust = ReadonlyMap<string, string>

const maxBytes = 524_288

function fileOf(home: string): string {
  return join(vaultFolder(home), 'authorities.json')
}

/** What is believed for this home's hosts. A damaged file believes nothing. */
export function readTrust(home: string): Trust {
  const file = fileOf(home)
  if (!existsSync(file) || statSync(file).size > maxBytes) return new Map()
  const parsed = parseStrictJson(Buffer.from(readFileSync(file, 'utf8').trimEnd()))
  if (!parsed.ok || !isJsonObject(parsed.value)) return new Map()
  const entries = Object.entries(parsed.value)
  return new Map(
    entries.filter(
      (entry): entry is [string, string] => isCanonicalHost(entry[0]) && typeof entry[1] === 'string',
    ),
  )
}

/** Replaces the list, durable on return. */
export function writeTrust(home: string, trust: Trust): void {
  makeVaultFolder(home)
  replaceFile(fileOf(home), `${canonicalJson(Object.fromEntries(trust))}\n`)
}
