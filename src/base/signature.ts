/**
 * Ed25519 (RFC 8032) over raw keys: the one signature scheme and the one verifier of the core. Verdicts are
 * computed here, once, and recorded; replay never verifies again. A private key is its 32-byte seed, so that
 * whoever stores it can seal it like any other secret; public keys and signatures are unpadded base64url.
 *
 * Verification is the strict sort: canonical encodings only, the cofactorless equation, and no point of small
 * order, under which one signature would be valid for many messages. What libraries differ on is decided
 * here, before the library is asked, so that no upgrade of it changes a verdict.
 */
import {
  createPrivateKey,
  createPublicKey,
  randomBytes,
  sign as signBytes,
  verify as verifyBytes,
} from 'node:crypto'
import { fromBase64url, toBase64url } from './base64url.ts'
import { decodesToPoint, hasSmallOrder, isCanonicalPoint } from './edwards-point.ts'
import { invariant } from './fault.ts'
import type { Entropy } from './ports.ts'
import type { Result } from './result.ts'
import { err, ok } from './result.ts'

/** The 32-byte seed of an Ed25519 key. Secret. */
export type PrivateKey = Uint8Array

/** Why a public key may not be enrolled. */
export type KeyProblem =
  | 'not-base64url' // not the canonical unpadded base64url of anything
  | 'wrong-length' // not 32 bytes
  | 'not-canonical' // y is not reduced, or x is zero with the sign bit set
  | 'not-a-point' // no point of the curve has this y
  | 'small-order' // its signatures would prove nothing

// RFC 8410 wrappers around the raw 32 bytes.
const privatePrefix = Buffer.from('302e020100300506032b657004220420', 'hex')
const publicPrefix = Buffer.from('302a300506032b6570032100', 'hex')
const keyLength = 32
const signatureLength = 64

/** A new private key, drawn from `entropy` or from the operating system. */
export function generateSigningKey(entropy?: Entropy): PrivateKey {
  const seed = entropy === undefined ? randomBytes(keyLength) : entropy.bytes(keyLength)
  invariant(seed.length === keyLength, 'a signing key needs 32 bytes of entropy')
  return new Uint8Array(seed)
}

function importPrivate(key: PrivateKey): ReturnType<typeof createPrivateKey> {
  invariant(key.length === keyLength, 'a private key is 32 bytes')
  return createPrivateKey({ key: Buffer.concat([privatePrefix, key]), format: 'der', type: 'pkcs8' })
}

/** The public key of `key`, base64url of its raw 32 bytes. */
export function publicKeyOf(key: PrivateKey): string {
  const wrapped = createPublicKey(importPrivate(key)).export({ format: 'der', type: 'spki' })
  return toBase64url(wrapped.subarray(publicPrefix.length))
}

/** Signature of `bytes` under `key`, base64url of 64 bytes. Deterministic. */
export function sign(key: PrivateKey, bytes: Uint8Array): string {
  return toBase64url(signBytes(null, bytes, importPrivate(key)))
}

/**
 * True when `signature` is one that the holder of `publicKey` made over exactly `bytes`. False for
 * everything else, malformed keys and signatures included; it never throws.
 */
export function verify(publicKey: string, bytes: Uint8Array, signature: string): boolean {
  const key = fromBase64url(publicKey)
  const raw = fromBase64url(signature)
  if (key === null || raw === null || key.length !== keyLength || raw.length !== signatureLength) return false
  if (!isCanonicalPoint(key) || hasSmallOrder(key)) return false
  const commitment = raw.subarray(0, keyLength)
  if (!isCanonicalPoint(commitment) || hasSmallOrder(commitment)) return false
  try {
    const imported = createPublicKey({ key: Buffer.concat([publicPrefix, key]), format: 'der', type: 'spki' })
    return verifyBytes(null, bytes, imported, raw)
  } catch {
    return false
  }
}

/** The raw bytes of a public key that may be enrolled, or why it may not be. */
export function acceptablePublicKey(publicKey: string): Result<Uint8Array, KeyProblem> {
  const key = fromBase64url(publicKey)
  if (key === null) return err('not-base64url')
  if (key.length !== keyLength) return err('wrong-length')
  if (!isCanonicalPoint(key)) return err('not-canonical')
  if (!decodesToPoint(key)) return err('not-a-point')
  if (hasSmallOrder(key)) return err('small-order')
  return ok(key)
}
