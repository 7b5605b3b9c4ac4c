/**
 * How a domain begins: the file that its kernel reads when its ledger is empty. The first start writes that of the
 * sovereign, or of a kernel alone; the sovereign's kernel writes those of its members.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { isJsonObject } from '../base/json.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import { acceptablePublicKey } from '../base/signature.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import { isName } from '../kernel/sovereign/parse-order.ts'
import { mainDomain } from '../wire/socket-folder.ts'
import type { Untimed } from './core.ts'

/** What a genesis file decides about the first event. */
export type Genesis = Pick<
  Extract<Untimed, { readonly kind: 'domain.create' }>,
  'role' | 'sovereign' | 'operatorName' | 'operatorKey' | 'domains'
>

/** Where a domain's genesis file is. */
export function genesisPath(home: string, domain: string): string {
  return join(home, 'domains', domain, 'genesis.json')
}

/** How `domain` begins, or why that cannot be known. */
export function readGenesis(home: string, domain: string): Result<Genesis, string> {
  const path = genesisPath(home, domain)
  if (!existsSync(path)) return err(`${path} is missing`)
  const parsed = parseStrictJson(readFileSync(path), { maxBytes: 65_536, maxDepth: 4, maxValues: 64 })
  if (!parsed.ok || !isJsonObject(parsed.value)) return err(`${path} is not a genesis file`)
  const { operatorName, operatorKey, role, sovereign } = parsed.value
  if (role === 'member') {
    if (!isKey(sovereign)) return err(`${path} names no sovereign`)
    return ok({ role, sovereign })
  }
  if (role !== undefined && role !== 'sovereign') return err(`${path} names a role that there is not`)
  if (!isName(operatorName)) return err(`${path} names no operator`)
  if (!isKey(operatorKey)) return err(`${path} has no acceptable operator key`)
  return ok({ operatorName, operatorKey, ...(role === undefined ? {} : { role, domains: [mainDomain] }) })
}

/** Writes the genesis file of a member, unless it has one. It is whole or not there, whatever happens meanwhile. */
export function writeMemberGenesis(home: string, domain: string, sovereign: string): void {
  const path = genesisPath(home, domain)
  if (existsSync(path)) return
  mkdirSync(join(home, 'domains', domain), { recursive: true, mode: 0o700 })
  const descriptor = openSync(`${path}.new`, 'w', 0o600)
  try {
    writeSync(descriptor, JSON.stringify({ name: domain, role: 'member', sovereign }))
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(`${path}.new`, path)
}

function isKey(value: unknown): value is string {
  return typeof value === 'string' && acceptablePublicKey(value).ok
}
