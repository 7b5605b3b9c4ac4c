/**
 * The token with which a taking domain's adapter attaches to the giving one, at rest: sealed under the key of the
 * home's vault, which lies outside the home, with both domains' names authenticated beside it, so that no file can
 * be moved to another share. It stands for an agent and carries no authority of its own.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fromBase64url, toBase64url } from '../../base/base64url.ts'
import { canonicalJson } from '../../base/canonical-json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { parseStrictJson } from '../../base/strict-json.ts'
import { isName } from '../../kernel/sovereign/parse-order.ts'
import { replaceFile } from '../vault/replace-file.ts'
import { makeVaultFolder, readVaultKey, vaultFolder, whyNotPrivate } from '../vault/vault-key.ts'
import type { Share } from './share.ts'

const version = 1
const tagBytes = 16
const maxFileBytes = 4096

function shareFolder(home: string, { from }: Share): string {
  return join(vaultFolder(home), 'shares', from)
}

function fileOf(home: string, share: Share): string {
  if (!isName(share.from) || !isName(share.to)) throw new TypeError('a domain has a name')
  return join(shareFolder(home, share), `${share.to}.json`)
}

/** True when a token of this share is kept here. */
export function hasShareToken(home: string, share: Share): boolean {
  return existsSync(fileOf(home, share))
}

/** Seals `token` and writes it down, in place of an earlier one. Durable on return. `key` is the vault's. */
export function writeShareToken(home: string, share: Share, key: Uint8Array, token: string): void {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(authenticated(share))
  const sealed = Buffer.concat([cipher.update(token, 'utf8'), cipher.final(), cipher.getAuthTag()])
  makeVaultFolder(home)
  mkdirSync(shareFolder(home, share), { recursive: true, mode: 0o700 })
  const file = { version, ...namesOf(share), nonce: toBase64url(nonce), sealed: toBase64url(sealed) }
  replaceFile(fileOf(home, share), `${canonicalJson(file)}\n`)
}

/** Forgets the token of a share. */
export function removeShareToken(home: string, share: Share): void {
  rmSync(fileOf(home, share), { force: true })
}

/** Opens the token of a share. The error says what is missing, and never holds a part of it. */
export function readShareToken(home: string, share: Share): Result<string, string> {
  const file = fileOf(home, share)
  if (!existsSync(file)) return err(`nothing of ${share.from} is shared with ${share.to}`)
  const exposed = whyNotPrivate(file)
  if (exposed !== null) return err(exposed)
  if (statSync(file).size > maxFileBytes) return err(`${file} is too large`)
  const key = readVaultKey(home)
  if (!key.ok) return key
  const token = opened(key.value, share, readFileSync(file))
  return token === null ? err(`${file} was changed, or sealed under another key`) : ok(token)
}

function opened(key: Uint8Array, share: Share, bytes: Uint8Array): string | null {
  const parsed = parseStrictJson(Buffer.from(Buffer.from(bytes).toString('utf8').trimEnd()))
  if (!parsed.ok || !isJsonObject(parsed.value) || parsed.value['version'] !== version) return null
  const { nonce: nonceText, sealed: sealedText } = parsed.value
  const nonce = typeof nonceText === 'string' ? fromBase64url(nonceText) : null
  const sealed = typeof sealedText === 'string' ? fromBase64url(sealedText) : null
  if (nonce?.length !== 12 || sealed === null || sealed.length <= tagBytes) return null
  const decipher = createDecipheriv('aes-256-gcm', key, nonce)
  decipher.setAAD(authenticated(share))
  decipher.setAuthTag(sealed.subarray(-tagBytes))
  try {
    const value = Buffer.concat([decipher.update(sealed.subarray(0, -tagBytes)), decipher.final()])
    return value.toString('utf8')
  } catch {
    return null
  }
}

function namesOf({ from, to }: Share): { readonly from: string; readonly to: string } {
  return { from, to }
}

function authenticated(share: Share): Uint8Array {
  return Buffer.from(canonicalJson({ share: version, ...namesOf(share) }))
}
