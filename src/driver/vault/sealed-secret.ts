/**
 * One secret at rest: the value under AES-256-GCM, with everything that is said of it authenticated beside it, so
 * that no sealed value can be moved to another name, host or header. The text is one JSON object.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { fromBase64url, toBase64url } from '../../base/base64url.ts'
import { canonicalJson } from '../../base/canonical-json.ts'
import type { Json } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { parseStrictJson } from '../../base/strict-json.ts'
import type { SecretHead } from './secret.ts'
import { readSecretHead, secretDigest } from './secret.ts'

const tagBytes = 16
const version = 1

/** A secret as its file holds it. */
export interface SealedSecret {
  readonly head: SecretHead
  readonly nonce: Uint8Array
  /** Ciphertext followed by the tag. */
  readonly sealed: Uint8Array
}

/** Seals `value` and writes it down; the head gets a fresh salt and the digest of the value. */
export function sealSecret(
  key: Uint8Array,
  about: Omit<SecretHead, 'salt' | 'digest'>,
  value: Uint8Array,
): { readonly head: SecretHead; readonly text: string } {
  const salt = randomBytes(16).toString('hex')
  const head: SecretHead = { ...about, salt, digest: secretDigest(key, about.name, salt, value) }
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(authenticated(head))
  const sealed = Buffer.concat([cipher.update(value), cipher.final(), cipher.getAuthTag()])
  const file = { version, head, nonce: toBase64url(nonce), sealed: toBase64url(sealed) }
  return { head, text: `${canonicalJson(file as unknown as Json)}\n` }
}

/** Reads a file's bytes, or null when they are not a sealed secret. */
export function readSealedSecret(bytes: Uint8Array): SealedSecret | null {
  const parsed = parseStrictJson(Buffer.from(Buffer.from(bytes).toString('utf8').trimEnd()))
  if (!parsed.ok || !isJsonObject(parsed.value) || parsed.value['version'] !== version) return null
  const { head: about = null, nonce, sealed } = parsed.value
  const head = readSecretHead(about)
  if (head === null || typeof nonce !== 'string' || typeof sealed !== 'string') return null
  const [nonceBytes, sealedBytes] = [fromBase64url(nonce), fromBase64url(sealed)]
  if (nonceBytes?.length !== 12 || sealedBytes === null || sealedBytes.length <= tagBytes) return null
  return { head, nonce: nonceBytes, sealed: sealedBytes }
}

/** The value, or null when the key is another or anything was changed. */
export function openSecret(key: Uint8Array, { head, nonce, sealed }: SealedSecret): Uint8Array | null {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce)
  decipher.setAAD(authenticated(head))
  decipher.setAuthTag(sealed.subarray(-tagBytes))
  try {
    const value = Buffer.concat([decipher.update(sealed.subarray(0, -tagBytes)), decipher.final()])
    return secretDigest(key, head.name, head.salt, value) === head.digest ? value : null
  } catch {
    return null
  }
}

function authenticated(head: SecretHead): Uint8Array {
  return Buffer.from(canonicalJson({ version, head } as unknown as Json))
}
