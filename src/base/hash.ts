/**
 * SHA-256, its keyed form and hexadecimal text. One hash function for the whole system; digests that people
 * or JSON see are lower-case hex. Strings are hashed as their UTF-8 bytes.
 */
import { createHmac, hash } from 'node:crypto'
import { invariant } from './fault.ts'

/** SHA-256 of `data` as 64 hex digits. */
export function sha256Hex(data: Uint8Array | string): string {
  return hash('sha256', data, 'hex')
}

/** SHA-256 of `data` as 32 bytes. */
export function sha256(data: Uint8Array | string): Uint8Array {
  return hash('sha256', data, 'buffer')
}

/** HMAC-SHA-256 of `data` under `key` as 64 hex digits. */
export function hmacSha256Hex(key: Uint8Array, data: Uint8Array | string): string {
  return createHmac('sha256', key).update(data).digest('hex')
}

const blockBytes = 64
const keyedOnceBytes = 4_096

/**
 * HMAC-SHA-256 under one key that is used often, as 64 hex digits: the same as `hmacSha256Hex` at less than half
 * the price for up to 4 KiB, by hashing key and data in one piece each time. The key is at most 64 bytes.
 */
export function keyedHash(key: Uint8Array): (data: Uint8Array) => string {
  invariant(key.length <= blockBytes, 'a key is at most one block long')
  const inner = Buffer.alloc(blockBytes + keyedOnceBytes, 0x36)
  const outer = Buffer.alloc(blockBytes + 32, 0x5c)
  for (const [at, byte] of key.entries()) {
    inner[at] = byte ^ 0x36
    outer[at] = byte ^ 0x5c
  }
  return (data) => {
    if (data.length > keyedOnceBytes) return hmacSha256Hex(key, data)
    inner.set(data, blockBytes)
    const whole = inner.subarray(0, blockBytes + data.length)
    outer.write(hash('sha256', whole, 'latin1'), blockBytes, 'latin1')
    return hash('sha256', outer, 'hex')
  }
}

/** Lower-case hex of `bytes`. */
export function bytesToHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}

/** Bytes of lower-case hex, or null when `hex` is anything else: every byte string has exactly one text. */
export function hexToBytes(hex: string): Uint8Array | null {
  if (hex.length % 2 !== 0 || !/^[0-9a-f]*$/.test(hex)) return null
  return new Uint8Array(Buffer.from(hex, 'hex'))
}
