/**
 * Base64url without padding (RFC 4648 §5), decoded strictly: every byte string has exactly one text, so a
 * key or a signature cannot be written in two ways that compare as different.
 */

/** Unpadded base64url of `bytes`. */
export function toBase64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url')
}

/** The bytes, or null for padding, a foreign character, an impossible length or non-zero spare bits. */
export function fromBase64url(text: string): Uint8Array | null {
  if (text.length % 4 === 1 || !/^[A-Za-z0-9_-]*$/.test(text)) return null
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? new Uint8Array(bytes) : null
}
