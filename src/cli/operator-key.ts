/**
 * An operator's private key at rest: Ed25519, sealed with AES-256-GCM under a key that scrypt makes from a
 * passphrase. The names, parameters and public key are authenticated with it, so none can be swapped. A
 * program that runs as the same user can read this file, but cannot sign with it without the passphrase.
 */
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'
import { fromBase64url, toBase64url } from '../base/base64url.ts'
import { canonicalJson } from '../base/canonical-json.ts'
import type { Json } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import { generateSigningKey, publicKeyOf } from '../base/signature.ts'

/** What is stored. Binary members are base64url. */
export interface SealedKey {
  readonly version: 1
  readonly name: string
  /** Ed25519 public key, raw 32 bytes. */
  readonly publicKey: string
  readonly kdf: {
    readonly name: 'scrypt'
    readonly N: number
    readonly r: number
    readonly p: number
    readonly salt: string
  }
  readonly cipher: { readonly name: 'aes-256-gcm'; readonly nonce: string }
  /** Ciphertext followed by the 16-byte tag. */
  readonly sealed: string
}

/** An opened key, in memory for as long as one command runs. */
export interface OperatorKey {
  readonly name: string
  readonly publicKey: string
  readonly privateKey: Uint8Array
}

/** The cost of one guess: about half a second and 128 MiB. */
const cost = { N: 131_072, r: 8, p: 1 } as const
const maxMemoryBytes = 512 * 1024 * 1024
const tagBytes = 16

/** Makes a fresh key and seals it under `passphrase`. */
export async function createOperatorKey(
  name: string,
  passphrase: string,
): Promise<{ readonly key: OperatorKey; readonly sealed: SealedKey }> {
  const privateKey = generateSigningKey()
  const key = { name, publicKey: publicKeyOf(privateKey), privateKey }
  return { key, sealed: await sealKey(key, passphrase) }
}

async function sealKey(key: OperatorKey, passphrase: string): Promise<SealedKey> {
  const salt = randomBytes(16)
  const nonce = randomBytes(12)
  const head = {
    version: 1,
    name: key.name,
    publicKey: key.publicKey,
    kdf: { name: 'scrypt', ...cost, salt: toBase64url(salt) },
    cipher: { name: 'aes-256-gcm', nonce: toBase64url(nonce) },
  } as const
  const cipher = createCipheriv('aes-256-gcm', await stretch(passphrase, salt, cost), nonce)
  cipher.setAAD(Buffer.from(canonicalJson(head)))
  const sealed = Buffer.concat([cipher.update(key.privateKey), cipher.final(), cipher.getAuthTag()])
  return { ...head, sealed: toBase64url(sealed) }
}

/** Opens a key file's content. The error is a sentence: a wrong passphrase and a changed file look alike. */
export async function openOperatorKey(
  stored: SealedKey,
  passphrase: string,
): Promise<Result<OperatorKey, string>> {
  const { sealed, ...head } = stored
  const salt = fromBase64url(stored.kdf.salt)
  const nonce = fromBase64url(stored.cipher.nonce)
  const bytes = fromBase64url(sealed)
  if (salt === null || nonce?.length !== 12 || bytes === null || bytes.length <= tagBytes) {
    return err('the key file is damaged')
  }
  const decipher = createDecipheriv('aes-256-gcm', await stretch(passphrase, salt, stored.kdf), nonce)
  decipher.setAAD(Buffer.from(canonicalJson(head)))
  decipher.setAuthTag(bytes.subarray(-tagBytes))
  try {
    const privateKey = Buffer.concat([decipher.update(bytes.subarray(0, -tagBytes)), decipher.final()])
    if (publicKeyOf(privateKey) !== stored.publicKey) return err('the key file is damaged')
    return ok({ name: stored.name, publicKey: stored.publicKey, privateKey })
  } catch {
    return err('the passphrase is wrong, or the key file was changed')
  }
}

/** Checks the shape of a parsed key file, or null. Costs beyond ours are refused: they could only be an attack. */
export function sealedKeyFrom(value: Json): SealedKey | null {
  if (!isJsonObject(value) || value['version'] !== 1) return null
  const { name, publicKey, kdf, cipher, sealed } = value
  if (typeof name !== 'string' || typeof publicKey !== 'string' || typeof sealed !== 'string') return null
  if (!isJsonObject(kdf) || kdf['name'] !== 'scrypt' || typeof kdf['salt'] !== 'string') return null
  if (kdf['N'] !== cost.N || kdf['r'] !== cost.r || kdf['p'] !== cost.p) return null
  if (!isJsonObject(cipher) || cipher['name'] !== 'aes-256-gcm' || typeof cipher['nonce'] !== 'string')
    return null
  return {
    version: 1,
    name,
    publicKey,
    kdf: { name: 'scrypt', ...cost, salt: kdf['salt'] },
    cipher: { name: 'aes-256-gcm', nonce: cipher['nonce'] },
    sealed,
  }
}

function stretch(
  passphrase: string,
  salt: Uint8Array,
  { N, r, p }: { readonly N: number; readonly r: number; readonly p: number },
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFC'), salt, 32, { N, r, p, maxmem: maxMemoryBytes }, (problem, key) => {
      if (problem === null) resolve(key)
      else reject(problem)
    })
  })
}
