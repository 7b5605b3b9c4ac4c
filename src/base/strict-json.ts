/**
 * The one parser for bytes that come from outside: I-JSON (RFC 7493), refused rather than repaired. Two
 * parsers must never disagree about bytes that were judged here and are then forwarded unchanged, so
 * duplicate names, integers beyond ±(2^53-1), lone surrogates, byte-order marks and malformed UTF-8 are
 * all problems. No byte below 0x20 is allowed, not even between tokens, so that a transport which frames
 * by lines can carry the same bytes; the only white space is the space.
 *
 * Kept as JSON.parse would: `-0` is the number 0, fractions are rounded to the nearest double, and
 * noncharacters are ordinary. Objects have no prototype, so `__proto__` is an ordinary name.
 */
import { isAscii, isUtf8 } from 'node:buffer'
import { invariant } from './fault.ts'
import type { Json } from './json.ts'
import type { Result } from './result.ts'
import { err, ok } from './result.ts'

/** Bounds on one text. All are inclusive. */
export interface JsonLimits {
  readonly maxBytes: number
  /** Nesting of arrays and objects; a text that is a scalar has depth 0. At most 128: parsing recurses. */
  readonly maxDepth: number
  /** Values of every kind, the outermost one included: bounds the memory that a text of `[]`s can cost. */
  readonly maxValues: number
}

/** What applies when a caller says nothing else. */
export const defaultJsonLimits: JsonLimits = { maxBytes: 1_048_576, maxDepth: 32, maxValues: 131_072 }

/** Why bytes were not accepted. Closed: callers switch on these. */
export type JsonProblemReason =
  | 'too-large' // more bytes than `maxBytes`
  | 'too-deep' // more nesting than `maxDepth`
  | 'too-many-values' // more values than `maxValues`
  | 'not-utf8' // not valid UTF-8
  | 'byte-order-mark' // starts with U+FEFF
  | 'control-byte' // a byte below 0x20
  | 'syntax' // not JSON
  | 'duplicate-name' // two members of one object have the same name once unescaped
  | 'number-range' // magnitude beyond 2^53-1
  | 'lone-surrogate' // an escape names half of a surrogate pair

/** What is wrong and at which byte. The message never quotes the input. */
export interface JsonProblem {
  readonly reason: JsonProblemReason
  /** Byte offset in the input; 0 when the problem is with the whole of it. */
  readonly offset: number
  readonly message: string
}

const messages: { readonly [R in JsonProblemReason]: string } = {
  'too-large': 'the JSON text is too large',
  'too-deep': 'the JSON text nests too deeply',
  'too-many-values': 'the JSON text holds too many values',
  'not-utf8': 'the JSON text is not valid UTF-8',
  'byte-order-mark': 'the JSON text starts with a byte-order mark',
  'control-byte': 'the JSON text holds a byte below 0x20',
  syntax: 'the text is not JSON',
  'duplicate-name': 'an object names the same member twice',
  'number-range': 'a number lies beyond ±9007199254740991',
  'lone-surrogate': 'a string escape names half of a surrogate pair',
}

/** The value of a text that was parsed strictly before it was kept; for any other it is a Fault. */
export function keptJson(text: string): Json {
  const parsed = parseStrictJson(new TextEncoder().encode(text))
  invariant(parsed.ok, 'what was kept is strict JSON')
  return parsed.value
}

/** Parses one JSON text. The bytes are only read; nothing of them is kept. */
export function parseStrictJson(
  bytes: Uint8Array,
  limits: JsonLimits = defaultJsonLimits,
): Result<Json, JsonProblem> {
  if (bytes.length > limits.maxBytes) return problem('too-large', 0)
  const view = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const ascii = isAscii(view)
  if (!ascii) {
    if (!isUtf8(view)) return problem('not-utf8', 0)
    if (view[0] === 0xef && view[1] === 0xbb && view[2] === 0xbf) return problem('byte-order-mark', 0)
  }
  const text = view.toString(ascii ? 'latin1' : 'utf8')
  const reader = new Reader(text, limits)
  const value = reader.text()
  if (value !== undefined) return ok(value)
  const offset = ascii ? reader.at : Buffer.byteLength(text.slice(0, reader.at))
  return problem(reader.reason, offset)
}

function problem(reason: JsonProblemReason, offset: number): Result<never, JsonProblem> {
  return err({ reason, offset, message: messages[reason] })
}

const quote = 0x22
const backslash = 0x5c
const space = 0x20

/**
 * Recursive descent over decoded text; `maxDepth` bounds the recursion. A method that fails says why in
 * `reason`, leaves `at` on the offending character and returns undefined, which no JSON value is.
 */
class Reader {
  readonly #input: string
  readonly #limits: JsonLimits
  at = 0
  reason: JsonProblemReason = 'syntax'
  #values = 0

  constructor(input: string, limits: JsonLimits) {
    this.#input = input
    this.#limits = limits
  }

  text(): Json | undefined {
    const value = this.#value(0)
    if (value === undefined) return undefined
    return this.#next() === -1 ? value : this.#stray()
  }

  /** Skips spaces and returns the character there, or -1 at the end. */
  #next(): number {
    const input = this.#input
    let at = this.at
    while (at < input.length) {
      const code = input.charCodeAt(at)
      if (code !== space) {
        this.at = at
        return code
      }
      at++
    }
    this.at = at
    return -1
  }

  #fail(reason: JsonProblemReason): undefined {
    this.reason = reason
    return undefined
  }

  /** Fails on a character that does not belong here. */
  #stray(): undefined {
    return this.#fail(this.#input.charCodeAt(this.at) < space ? 'control-byte' : 'syntax')
  }

  #value(depth: number): Json | undefined {
    const code = this.#next()
    if (++this.#values > this.#limits.maxValues) return this.#fail('too-many-values')
    if (code === quote) return this.#string()
    if (code === 0x7b) return depth < this.#limits.maxDepth ? this.#object(depth + 1) : this.#fail('too-deep')
    if (code === 0x5b) return depth < this.#limits.maxDepth ? this.#array(depth + 1) : this.#fail('too-deep')
    if (code === 0x74) return this.#word('true', true)
    if (code === 0x66) return this.#word('false', false)
    if (code === 0x6e) return this.#word('null', null)
    return this.#number()
  }

  #word<T>(word: string, value: T): T | undefined {
    const input = this.#input
    for (let index = 0; index < word.length; index++, this.at++) {
      if (input.charCodeAt(this.at) !== word.charCodeAt(index)) return this.#stray()
    }
    return value
  }

  #object(depth: number): Json | undefined {
    const members: { [name: string]: Json } = { __proto__: null }
    this.at++
    if (this.#next() === 0x7d) {
      this.at++
      return members
    }
    for (;;) {
      if (this.#next() !== quote) return this.#stray()
      const start = this.at
      const name = this.#string()
      if (name === undefined) return undefined
      if (name in members) {
        this.at = start
        return this.#fail('duplicate-name')
      }
      if (this.#next() !== 0x3a) return this.#stray()
      this.at++
      const value = this.#value(depth)
      if (value === undefined) return undefined
      members[name] = value
      const code = this.#next()
      if (code !== 0x2c && code !== 0x7d) return this.#stray()
      this.at++
      if (code === 0x7d) return members
    }
  }

  #array(depth: number): Json | undefined {
    const items: Json[] = []
    this.at++
    if (this.#next() === 0x5d) {
      this.at++
      return items
    }
    for (;;) {
      const value = this.#value(depth)
      if (value === undefined) return undefined
      items.push(value)
      const code = this.#next()
      if (code !== 0x2c && code !== 0x5d) return this.#stray()
      this.at++
      if (code === 0x5d) return items
    }
  }

  #string(): string | undefined {
    const input = this.#input
    const start = this.at
    let escaped = false
    for (let at = start + 1; at < input.length; at++) {
      const code = input.charCodeAt(at)
      if (code === quote) {
        this.at = at + 1
        return escaped ? this.#unescape(start, at + 1) : input.slice(start + 1, at)
      }
      if (code === backslash) {
        escaped = true
        // What follows cannot end the string; a control byte there is still one.
        if (input.charCodeAt(at + 1) >= space) at++
      } else if (code < space) {
        this.at = at
        return this.#fail('control-byte')
      }
    }
    this.at = input.length
    return this.#fail('syntax')
  }

  /** The engine's own parser judges the escapes. The decoded text around them is always well formed. */
  #unescape(start: number, end: number): string | undefined {
    try {
      const value = JSON.parse(this.#input.slice(start, end)) as string
      if (value.isWellFormed()) return value
      this.reason = 'lone-surrogate'
    } catch {
      this.reason = 'syntax'
    }
    this.at = start
    return undefined
  }

  #digits(): boolean {
    const input = this.#input
    const start = this.at
    let code = input.charCodeAt(start)
    while (code >= 0x30 && code <= 0x39) code = input.charCodeAt(++this.at)
    return this.at > start
  }

  #number(): number | undefined {
    const input = this.#input
    const start = this.at
    if (input.charCodeAt(start) === 0x2d) this.at++
    if (input.charCodeAt(this.at) === 0x30) this.at++
    else if (!this.#digits()) return this.#stray()
    if (input.charCodeAt(this.at) === 0x2e) {
      this.at++
      if (!this.#digits()) return this.#stray()
    }
    if ((input.charCodeAt(this.at) | 0x20) === 0x65) {
      this.at++
      const sign = input.charCodeAt(this.at)
      if (sign === 0x2b || sign === 0x2d) this.at++
      if (!this.#digits()) return this.#stray()
    }
    const value = Number(input.slice(start, this.at))
    // Every integer beyond the safe range rounds to a double beyond it, and every double there is an integer.
    if (value <= Number.MAX_SAFE_INTEGER && value >= -Number.MAX_SAFE_INTEGER) return value + 0
    this.at = start
    return this.#fail('number-range')
  }
}
