/**
 * Cuts an object into its members without parsing them: where each value lies and how deeply it nests. What a
 * server sends is passed on as the bytes it wrote, so the bytes are what must be found; and a text that nests
 * a million times must not reach a parser. It does not recurse, reads every byte once, and leaves it to the
 * parser to judge what lies inside a span.
 */

/** A member's value: a half-open range of bytes. */
export interface Member {
  readonly start: number
  readonly end: number
  /** Levels of nesting; 0 for a scalar. */
  readonly depth: number
}

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d

/** Members of the object that `bytes` is, or null when it is none or names a member twice. */
export function membersOf(bytes: Uint8Array): ReadonlyMap<string, Member> | null {
  const members = new Map<string, Member>()
  let at = skipSpace(bytes, 0)
  if (bytes[at] !== openBrace) return null
  at = skipSpace(bytes, at + 1)
  if (bytes[at] === closeBrace) return isEnd(bytes, at + 1) ? members : null
  for (;;) {
    const nameEnd = bytes[at] === quote ? skipString(bytes, at) : -1
    const name = nameEnd === -1 ? null : readName(bytes, at, nameEnd)
    const colon = skipSpace(bytes, nameEnd)
    if (name === null || members.has(name) || bytes[colon] !== 0x3a) return null
    const value = readValue(bytes, skipSpace(bytes, colon + 1))
    if (value === null) return null
    members.set(name, value)
    at = skipSpace(bytes, value.end)
    if (bytes[at] === closeBrace) return isEnd(bytes, at + 1) ? members : null
    if (bytes[at] !== comma) return null
    at = skipSpace(bytes, at + 1)
  }
}

function isEnd(bytes: Uint8Array, at: number): boolean {
  return skipSpace(bytes, at) === bytes.length
}

function readName(bytes: Uint8Array, start: number, end: number): string | null {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString()) as string
  } catch {
    return null
  }
}

function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from
  for (;;) {
    const code = bytes[at]
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at
    at++
  }
}

/** First byte after the string that opens at `at`; the end of the bytes when it never closes. */
function skipString(bytes: Uint8Array, from: number): number {
  let at = from + 1
  while (at < bytes.length) {
    const code = bytes[at]
    if (code === quote) return at + 1
    at += code === backslash ? 2 : 1
  }
  return bytes.length
}

function readValue(bytes: Uint8Array, start: number): Member | null {
  const first = bytes[start]
  if (first === quote) return { start, end: skipString(bytes, start), depth: 0 }
  if (first !== openBrace && first !== openBracket) return readScalar(bytes, start)
  let open = 0
  let depth = 0
  let at = start
  while (at < bytes.length) {
    const code = bytes[at]
    if (code === quote) {
      at = skipString(bytes, at)
      continue
    }
    at++
    if (code === openBrace || code === openBracket) {
      if (++open > depth) depth = open
    } else if ((code === closeBrace || code === closeBracket) && --open === 0) {
      return { start, end: at, depth }
    }
  }
  return null
}

function readScalar(bytes: Uint8Array, start: number): Member | null {
  let end = start
  for (; end < bytes.length; end++) {
    const code = bytes[end] as number
    if (code <= 0x20 || code === comma || code === closeBracket || code === closeBrace) break
  }
  return end > start ? { start, end, depth: 0 } : null
}
