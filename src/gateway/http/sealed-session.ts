/**
 * Session ids that carry their session: what a restarted gateway must know to go on with it, encrypted and
 * authenticated under a key that outlives the process. An id proves nothing about who presents it; it counts only
 * together with the bearer token that it was made for.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { fromBase64url, toBase64url } from '../../base/base64url.ts'
import { invariant } from '../../base/fault.ts'
import type { Json } from '../../base/json.ts'
import type { ClientAbilities } from '../mcp/client-abilities.ts'
import { parseAbilities, writeAbilities } from '../mcp/client-abilities.ts'
import type { Scope } from '../mcp/naming.ts'

/** What a session is. */
export interface SessionProfile {
  /** Different for every session ever opened. */
  readonly nonce: string
  readonly revision: string
  readonly abilities: ClientAbilities
  /** Digest of the token it was opened with. */
  readonly tokenDigest: string
  readonly scope: Scope
  /** Wall-clock milliseconds. */
  readonly expiresAt: number
}

const purpose = Buffer.from('custos session 1')
const nonceBytes = 12
const tagBytes = 16
const maxLength = 1_024

/** Seals and opens session ids under one key. */
export class SessionSeal {
  readonly #key: Uint8Array

  /** `key` is 32 secret bytes. */
  constructor(key: Uint8Array) {
    invariant(key.length === 32, 'a key of AES-256 has 32 bytes')
    this.#key = key
  }

  /** The id of a new session. */
  seal(session: Omit<SessionProfile, 'nonce'>): string {
    const { revision, abilities, tokenDigest, scope, expiresAt } = session
    const nonce = randomBytes(nonceBytes)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(purpose)
    const text = JSON.stringify([revision, writeAbilities(abilities), tokenDigest, scope, expiresAt])
    return toBase64url(Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]))
  }

  /** The session behind an id, or null when it was not sealed here or its time is over. */
  open(id: string, now: number): SessionProfile | null {
    const bytes = id.length > maxLength ? null : fromBase64url(id)
    if (bytes === null || bytes.length < nonceBytes + tagBytes) return null
    const nonce = bytes.subarray(0, nonceBytes)
    const text = this.#decrypt(nonce, bytes.subarray(nonceBytes, -tagBytes), bytes.subarray(-tagBytes))
    if (text === null) return null
    const [revision, abilities, tokenDigest, scope, expiresAt] = JSON.parse(text) as [
      string,
      string,
      string,
      Scope,
      Json,
    ]
    if (typeof expiresAt !== 'number' || now >= expiresAt) return null
    return {
      nonce: toBase64url(nonce),
      revision,
      abilities: parseAbilities(abilities),
      tokenDigest,
      scope,
      expiresAt,
    }
  }

  #decrypt(nonce: Uint8Array, sealed: Uint8Array, tag: Uint8Array): string | null {
    const decipher = createDecipheriv('aes-256-gcm', this.#key, nonce).setAAD(purpose).setAuthTag(tag)
    try {
      return Buffer.concat([decipher.update(sealed), decipher.final()]).toString()
    } catch {
      return null
    }
  }
}
