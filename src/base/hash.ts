/**
 * SHA-256, its keyed form and hexadecimal text. One hash function for the whole system; digests that people
 * or JSON see are lower-case hex. Strings are hashed as their UTF-8 bytes.
 */
import { createHmac, hash } from 'node:crypto'

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

/** Lower-case hex of `bytes`. */
export function bytesToHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}

/** Bytes of lower-case hex, or null when `hex` is anything else: every byte string has exactly one text. */
export function hexToBytes(hex: string): Uint8Array | null {
  if (hex.length % 2 !== 0 || !/^[0-9a-f]*$/.test(hex)) return null
  return new Uint8Array(Buffer.from(hex, 'hex'))
}
