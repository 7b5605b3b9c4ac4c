/**
 * Text as an HTTP header carries it. A message of the modern era repeats its method, name and some arguments in
 * headers, and not every text fits there: what is not plain visible ASCII, and what could be mistaken for the
 * escape itself, travels as `=?base64?…?=` over its UTF-8. Decoding refuses what no correct sender writes, so
 * that header and body can be compared and never be read in two ways.
 */

const prefix = '=?base64?'
const suffix = '?='

/** One line of visible ASCII; spaces only inside. */
const plain = /^(?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?$/u

/** A text as a header value: as it is where that is safe, else escaped. Never fails on well-formed text. */
export function encodeHeaderValue(text: string): string {
  if (plain.test(text) && !isEscaped(text)) return text
  return `${prefix}${Buffer.from(text).toString('base64')}${suffix}`
}

/**
 * The text behind a header value. Null for bytes beyond visible ASCII and for an escape that holds no base64 of
 * UTF-8. White space around the value is the transport's and is not there any more.
 */
export function decodeHeaderValue(value: string): string | null {
  if (!plain.test(value)) return null
  if (!isEscaped(value)) return value
  const base64 = value.slice(prefix.length, -suffix.length)
  const bytes = Buffer.from(base64, 'base64')
  if (bytes.toString('base64') !== base64) return null
  const text = bytes.toString()
  return Buffer.from(text).equals(bytes) ? text : null
}

function isEscaped(text: string): boolean {
  return text.length >= prefix.length + suffix.length && text.startsWith(prefix) && text.endsWith(suffix)
}
