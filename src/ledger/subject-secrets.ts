/**
 * What is derived from one subject's key: how its payloads are committed to, and the keys that seal them. The
 * two are independent, so a commitment tells nothing that helps to open, and the other way round.
 */
import { createCipheriv, createHmac, hash } from 'node:crypto'
import { invariant } from '../base/fault.ts'
import { hmacSha256Hex } from '../base/hash.ts'

/** Length of a subject's key, and of the domain's. */
export const subjectKeyBytes = 32

const blockBytes = 64
const hashBytes = 32
const noSalt = new Uint8Array(hashBytes)
const keyedOnceBytes = 4_096

/** Where short payloads are hashed behind a key: one for all, because each use overwrites what it uses. */
const inner = Buffer.alloc(blockBytes + keyedOnceBytes)
const outer = Buffer.alloc(blockBytes + hashBytes)
/** Its beginnings by length: making one costs as much as a tenth of hashing it. */
const beginnings: (Buffer | undefined)[] = Array.from({ length: inner.length + 1 }, () => undefined)

/**
 * Bytes for a secret, which stay where they are until they are overwritten. The engine keeps short arrays on its own
 * heap, and whenever it moves one it leaves a copy behind that nobody can overwrite.
 */
export function secretBytes(length: number): Uint8Array {
  return new Uint8Array(new ArrayBuffer(length))
}

/** The secrets of one subject. */
export class SubjectSecrets {
  readonly #commitment: Uint8Array
  readonly #sealing: Uint8Array
  readonly #innerPad: Uint8Array
  readonly #outerPad: Uint8Array

  /** Derives them from `key`, which is not kept. */
  constructor(key: Uint8Array) {
    invariant(key.length === subjectKeyBytes, 'the key of a subject is 32 bytes')
    const extracted = createHmac('sha256', noSalt).update(key).digest()
    this.#commitment = derive(extracted, 'custos payload commitment v1')
    this.#sealing = derive(extracted, 'custos payload sealing v1')
    extracted.fill(0)
    this.#innerPad = padded(this.#commitment, 0x36)
    this.#outerPad = padded(this.#commitment, 0x5c)
  }

  /**
   * HMAC-SHA-256 of `bytes` under the commitment key, in hex. Up to 4 KiB it is made of two plain hashes over the
   * padded key, which is the same at a quarter of the price.
   */
  commit(bytes: Uint8Array): string {
    if (bytes.length > keyedOnceBytes) return hmacSha256Hex(this.#commitment, bytes)
    inner.set(this.#innerPad)
    inner.set(bytes, blockBytes)
    outer.set(this.#outerPad)
    const digest = hash('sha256', beginning(blockBytes + bytes.length), 'latin1')
    outer.write(digest, blockBytes, 'latin1')
    return hash('sha256', outer, 'hex')
  }

  /** The key named by `label`, which whoever seals chooses and stores beside what is sealed. */
  sealingKey(label: Uint8Array): Uint8Array {
    return createHmac('sha256', this.#sealing).update(label).digest()
  }

  /** Encrypts or decrypts under the key named by `label`, from `counter` on in its key stream; leaves no copy of it. */
  stream(label: Uint8Array, counter: Uint8Array, bytes: Uint8Array): Buffer {
    const key = this.sealingKey(label)
    const cipher = createCipheriv('aes-256-ctr', key, counter)
    key.fill(0)
    const out = cipher.update(bytes)
    // Nothing comes of it, and what the cipher made of the key is overwritten.
    cipher.final()
    return out
  }

  /** Overwrites everything that was derived, and the last payload that was hashed. It is of no use after that. */
  wipe(): void {
    const held = [this.#commitment, this.#sealing, this.#innerPad, this.#outerPad, inner, outer]
    for (const bytes of held) bytes.fill(0)
  }
}

function beginning(length: number): Buffer {
  return (beginnings[length] ??= inner.subarray(0, length))
}

/** HKDF (RFC 5869), without the copy of the key that the library's own leaves to the garbage collector. */
function derive(extracted: Uint8Array, purpose: string): Uint8Array {
  return createHmac('sha256', extracted).update(purpose).update('\u0001').digest()
}

function padded(key: Uint8Array, pad: number): Uint8Array {
  const block = secretBytes(blockBytes).fill(pad)
  for (const [at, byte] of key.entries()) block[at] = byte ^ pad
  return block
}
