/**
 * The forms in which a server might send a byte string back: as it is, in another case, in hexadecimal, in base64
 * at each of the three places it can have in a group. The escapes of addresses, JSON and HTML are not listed here,
 * since any mixture of them is possible: the matcher sees through them byte by byte.
 */

/** Shortest text that is looked for, unless it is the secret itself: shorter ones occur by chance. */
const shortest = 8

/** All forms of `secret` that are looked for, without doubles. The empty string has none. */
export function disguisesOf(secret: Uint8Array): readonly Buffer[] {
  if (secret.length === 0) return []
  const bytes = Buffer.from(secret)
  const text = bytes.toString('latin1')
  const hex = bytes.toString('hex')
  const derived = [
    text.toLowerCase(),
    text.toUpperCase(),
    hex,
    hex.toUpperCase(),
    ...[0, 1, 2].flatMap((before) => [core(bytes, before, 'base64'), core(bytes, before, 'base64url')]),
  ]
  const all = [text, ...derived.filter((form) => form.length >= Math.min(shortest, text.length + 1))]
  return [...new Set(all)].map((form) => Buffer.from(form, 'latin1'))
}

/** The characters of base64 that depend on `bytes` alone when `before` other bytes stand in front of it. */
function core(bytes: Buffer, before: number, alphabet: 'base64' | 'base64url'): string {
  const text = Buffer.concat([Buffer.alloc(before), bytes])
    .toString(alphabet)
    .replace(/=+$/, '')
  const bits = (before + bytes.length) * 8
  return text.slice(Math.ceil((before * 8) / 6), Math.floor(bits / 6))
}
