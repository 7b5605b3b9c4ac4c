/**
 * Finds where a member's value lies in the bytes of a JSON text, so that those very bytes can be forwarded
 * without being parsed and written anew. It assumes that the text is valid JSON without duplicate names and
 * with bounded nesting of no consequence to it (it does not recurse); on anything else it returns null or
 * some span, and never throws or reads outside.
 */

/** A half-open range of bytes. */
export interface Span {
  readonly start: number
  readonly end: number
}

const quote = 0x22
const backslash = 0x5c

/**
 * Bytes of the value at `path`, a list of member names from the outermost object inwards, without the white
 * space around it. Null when a step is not an object or has no such member. An empty path is the whole value.
 */
export function spanOf(bytes: Uint8Array, path: readonly string[]): Span | null {
  let start = skipSpace(bytes, 0)
  for (const name of path) {
    const found = memberStart(bytes, start, name)
    if (found === null) return null
    start = found
  }
  const end = skipValue(bytes, start)
  return end > start && end <= bytes.length ? { start, end } : null
}

/** Start of the value of member `name` of the object at `at`, or null. */
function memberStart(bytes: Uint8Array, at: number, name: string): number | null {
  if (bytes[at] !== 0x7b) return null
  let cursor = skipSpace(bytes, at + 1)
  while (bytes[cursor] === quote) {
    const nameEnd = skipString(bytes, cursor)
    const colon = skipSpace(bytes, nameEnd)
    if (bytes[colon] !== 0x3a) return null
    const value = skipSpace(bytes, colon + 1)
    if (nameAt(bytes, cursor, nameEnd) === name) return value
    const after = skipSpace(bytes, skipValue(bytes, value))
    if (bytes[after] !== 0x2c) return null
    cursor = skipSpace(bytes, after + 1)
  }
  return null
}

function nameAt(bytes: Uint8Array, start: number, end: number): string | null {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString()) as string
  } catch {
    return null
  }
}

function skipSpace(bytes: Uint8Array, at: number): number {
  let cursor = at
  for (;;) {
    const code = bytes[cursor]
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return cursor
    cursor++
  }
}

/** First byte after the string that opens at `at`. */
function skipString(bytes: Uint8Array, at: number): number {
  let cursor = at + 1
  while (cursor < bytes.length) {
    const code = bytes[cursor]
    if (code === quote) return cursor + 1
    cursor += code === backslash ? 2 : 1
  }
  return bytes.length
}

/** First byte after the value that starts at `at`. */
function skipValue(bytes: Uint8Array, at: number): number {
  let cursor = at
  let depth = 0
  while (cursor < bytes.length) {
    const code = bytes[cursor]
    if (code === quote) {
      cursor = skipString(bytes, cursor)
    } else if (code === 0x7b || code === 0x5b) {
      depth++
      cursor++
    } else if (code === 0x7d || code === 0x5d) {
      if (depth === 0) return cursor
      depth--
      cursor++
    } else if (depth > 0) {
      cursor++
      continue
    } else {
      return skipScalar(bytes, cursor)
    }
    if (depth === 0) return cursor
  }
  return bytes.length
}

function skipScalar(bytes: Uint8Array, at: number): number {
  let cursor = at
  while (cursor < bytes.length) {
    const code = bytes[cursor] as number
    if (code <= 0x20 || code === 0x2c || code === 0x5d || code === 0x7d) return cursor
    cursor++
  }
  return cursor
}
