/**
 * Seals payloads and commits to them under one 32-byte master key of the domain. Each opening of the vault
 * seals under a key of its own, derived from a random epoch that is stored beside each payload, so that
 * random nonces stay safe however long a domain lives. Losing the master key loses every payload and
 * nothing else: chain, proofs and replay never need it.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto'
import { invariant } from '../base/fault.ts'
import { keyedHash } from '../base/hash.ts'
import type { Entropy } from '../base/ports.ts'
import type { Vault } from './port.ts'

/** Length of a master key. */
export const masterKeyBytes = 32

const epochBytes = 16
const nonceBytes = 12
const tagBytes = 16
/** Key number (0, the domain's key) and epoch; authenticated, not secret. */
const headBytes = 4 + epochBytes
/** What sealing adds to the length of a payload. */
export const sealOverheadBytes: number = headBytes + nonceBytes + tagBytes
const sealsPerEpoch = 2 ** 24
const epochsRemembered = 64
const algorithm = 'aes-256-gcm'

/** A vault over `masterKey`, which it copies. */
export function openVault(masterKey: Uint8Array, entropy: Entropy): Vault {
  invariant(masterKey.length === masterKeyBytes, 'a master key is 32 bytes')
  return new MasterKeyVault(masterKey, entropy)
}

class MasterKeyVault implements Vault {
  readonly #commitment: (bytes: Uint8Array) => string
  readonly #sealKey: Uint8Array
  readonly #entropy: Entropy
  readonly #epochKeys = new Map<string, Uint8Array>()
  #head: Uint8Array = new Uint8Array(0)
  #headKey: Uint8Array = new Uint8Array(0)
  #sealsLeft = 0

  constructor(masterKey: Uint8Array, entropy: Entropy) {
    this.#commitment = keyedHash(derive(masterKey, 'custos payload commitment v1'))
    this.#sealKey = derive(masterKey, 'custos payload sealing v1')
    this.#entropy = entropy
  }

  commit(bytes: Uint8Array): string {
    return this.#commitment(bytes)
  }

  seal(bytes: Uint8Array): Uint8Array {
    if (this.#sealsLeft === 0) this.#beginEpoch()
    this.#sealsLeft--
    const nonce = this.#entropy.bytes(nonceBytes)
    const cipher = createCipheriv(algorithm, this.#headKey, nonce).setAAD(this.#head)
    const text = cipher.update(bytes)
    cipher.final()
    return Buffer.concat([this.#head, nonce, text, cipher.getAuthTag()])
  }

  #beginEpoch(): void {
    const head = Buffer.alloc(headBytes)
    head.set(this.#entropy.bytes(epochBytes), 4)
    this.#head = head
    this.#headKey = this.#epochKey(head)
    this.#sealsLeft = sealsPerEpoch
  }

  #epochKey(head: Uint8Array): Uint8Array {
    const name = Buffer.from(head).toString('latin1')
    const known = this.#epochKeys.get(name)
    if (known !== undefined) return known
    if (this.#epochKeys.size === epochsRemembered) this.#epochKeys.clear()
    const key = createHmac('sha256', this.#sealKey).update(head).digest()
    this.#epochKeys.set(name, key)
    return key
  }

  open(sealed: Uint8Array): Uint8Array | null {
    if (sealed.length < sealOverheadBytes) return null
    const head = sealed.subarray(0, headBytes)
    if (Buffer.from(head).readUInt32LE(0) !== 0) return null
    const nonce = sealed.subarray(headBytes, headBytes + nonceBytes)
    const tagAt = sealed.length - tagBytes
    const decipher = createDecipheriv(algorithm, this.#epochKey(head), nonce, { authTagLength: tagBytes })
    decipher.setAAD(head).setAuthTag(sealed.subarray(tagAt))
    try {
      const bytes = decipher.update(sealed.subarray(headBytes + nonceBytes, tagAt))
      decipher.final()
      return bytes
    } catch {
      return null
    }
  }
}

function derive(masterKey: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', masterKey, new Uint8Array(0), purpose, 32))
}
