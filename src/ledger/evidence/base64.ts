/**
 * Base64 (RFC 4648 §4, padded) where it must also run in a browser, and strictly: every byte string has exactly one
 * text, so that nothing signed can be written in two ways.
 */

/** Padded base64 of `bytes`. */
export function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 4096)
    text += String.fromCharCode(...bytes.subarray(at, at + 4096))
  return btoa(text)
}

/** The bytes, or null for anything that `toBase64` would not have written. */
export function fromBase64(text: string): Uint8Array | null {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  return toBase64(bytes) === text ? bytes : null
}
