/**
 * One byte, as text may spell it: itself, percent-encoded once or twice, escaped as in JSON, JavaScript or HTML.
 * Reading goes from the text towards the byte, so every spelling costs one look wherever it stands.
 */

/** What an escape at some place of a text stands for. */
export interface Escape {
  /** The byte, or -1 when no escape is there. */
  readonly value: number
  readonly length: number
  /** The text ended in what may be the beginning of an escape. */
  readonly isOpen: boolean
}

const percent = 0x25
const backslash = 0x5c
const ampersand = 0x26

/** True for the bytes that escapes begin with. */
export function isEscape(byte: number): boolean {
  return byte === percent || byte === backslash || byte === ampersand
}

/** Longest escape that is known: `&#0000000;` and the like. */
const longest = 12

const whole =
  /^(?:%(?:25)*(?<percent>[\da-f]{2})|\\u00(?<unicode>[\da-f]{2})|\\x(?<hex>[\da-f]{2})|\\(?<char>[^a-z\d])|&#(?<decimal>\d{1,7});|&#x(?<entity>[\da-f]{1,6});|&(?<name>amp|lt|gt|quot|apos);)/i

const beginning =
  /^(?:%(?:25)*(?:2|[\da-f])?|\\(?:u(?:0(?:0[\da-f]?)?)?|x[\da-f]?)?|&(?:#(?:\d{0,7}|x[\da-f]{0,6})|[a-z]{0,4})?)$/i

const named: { readonly [name: string]: string } = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** Reads the escape that begins at `at` of `text`, where a byte stands that escapes begin with. */
export function escapeAt(text: Buffer, at: number): Escape {
  const piece = text.toString('latin1', at, at + longest)
  const isOpen = piece.length < longest && beginning.test(piece)
  const match = whole.exec(piece)
  const groups = match?.groups
  if (match === null || groups === undefined) return { value: -1, length: 0, isOpen }
  const hex = groups['percent'] ?? groups['unicode'] ?? groups['hex'] ?? groups['entity']
  const plain = groups['char'] ?? named[groups['name']?.toLowerCase() ?? '']
  const decimal = plain === undefined ? Number(groups['decimal']) : plain.charCodeAt(0)
  const value = hex === undefined ? decimal : Number.parseInt(hex, 16)
  return { value, length: match[0].length, isOpen }
}
