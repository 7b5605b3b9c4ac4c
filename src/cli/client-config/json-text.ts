/**
 * Reads a JSON text and remembers where everything stands, so that one member can be exchanged and all other
 * bytes stay as they are. Comments and trailing commas are allowed where the client allows them. A name that
 * occurs twice is refused: which of the two counts is for the client to know, and not for us to guess.
 */
import type { Json } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { TextProblem } from './text-problem.ts'
import { problemAt } from './text-problem.ts'

/** What a client allows beyond JSON. */
export interface JsonDialect {
  readonly comments: boolean
  readonly trailingCommas: boolean
}

/** A value and where it stands: offsets in UTF-16 units, the end exclusive. */
export interface JsonNode {
  readonly start: number
  readonly end: number
  readonly value: Json
  /** The members of an object, in order; null for everything else. */
  readonly members: readonly JsonMember[] | null
}

/** A member of an object. */
export interface JsonMember {
  readonly name: string
  /** Where its name starts. */
  readonly start: number
  readonly node: JsonNode
  /** Where the comma after it is, or null. */
  readonly comma: number | null
}

const maxDepth = 64

/** Thrown inside this file only, and caught at its edge. */
class Misread extends Error {
  readonly offset: number
  constructor(offset: number, message: string) {
    super(message)
    this.offset = offset
  }
}

/** Reads a whole text. */
export function parseJsonText(text: string, dialect: JsonDialect): Result<JsonNode, TextProblem> {
  const reader = new Reader(text, dialect)
  try {
    return ok(reader.document())
  } catch (problem) {
    if (problem instanceof Misread) return err(problemAt(text, problem.offset, problem.message))
    throw problem
  }
}

/** The node at `path`, or null when there is none. */
export function nodeAt(root: JsonNode, path: readonly string[]): JsonNode | null {
  let node: JsonNode | null = root
  for (const name of path) node = node?.members?.find((member) => member.name === name)?.node ?? null
  return node
}

const space = /[ \t\r\n]*/y
const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y

class Reader {
  readonly #text: string
  readonly #dialect: JsonDialect
  #at = 0

  constructor(text: string, dialect: JsonDialect) {
    this.#text = text
    this.#dialect = dialect
  }

  document(): JsonNode {
    if (this.#text.startsWith('\uFEFF')) this.#at = 1
    const node = this.#value(0)
    this.#skip()
    if (this.#at < this.#text.length) throw new Misread(this.#at, 'something follows after the end')
    return node
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0] ?? ''
    this.#at += found.length
    return found
  }

  /** Skips white space and, where they are allowed, comments. */
  #skip(): void {
    for (;;) {
      this.#match(space)
      const two = this.#text.slice(this.#at, this.#at + 2)
      if (two !== '//' && two !== '/*') return
      if (!this.#dialect.comments) throw new Misread(this.#at, 'comments are not allowed in this file')
      const end = this.#text.indexOf(two === '//' ? '\n' : '*/', this.#at + 2)
      if (end === -1 && two === '/*') throw new Misread(this.#at, 'this comment does not end')
      this.#at = end === -1 ? this.#text.length : end + (two === '//' ? 1 : 2)
    }
  }

  #value(depth: number): JsonNode {
    if (depth > maxDepth) throw new Misread(this.#at, `nested more than ${maxDepth} deep`)
    this.#skip()
    const start = this.#at
    const first = this.#text[start]
    if (first === '{') return this.#object(depth)
    if (first === '[') return this.#array(depth)
    if (first === '"') return { start, value: this.#string(), end: this.#at, members: null }
    const word = this.#match(scalar)
    if (word === '') throw new Misread(start, 'a value is expected here')
    return { start, value: JSON.parse(word) as Json, end: this.#at, members: null }
  }

  #string(): string {
    const start = this.#at
    let end = start + 1
    while (end < this.#text.length && this.#text[end] !== '"') end += this.#text[end] === '\\' ? 2 : 1
    try {
      const value: unknown = JSON.parse(this.#text.slice(start, end + 1))
      this.#at = end + 1
      if (typeof value === 'string') return value
    } catch {
      // Told below, without quoting the text.
    }
    throw new Misread(start, 'a text in double quotes is expected here')
  }

  /** Goes past a comma, and says where it was; null at the closing bracket, past which it goes too. */
  #separator(closing: string): number | null {
    this.#skip()
    const at = this.#at
    const unit = this.#text[at]
    if (unit !== ',' && unit !== closing) throw new Misread(at, `"," or "${closing}" is expected here`)
    this.#at += 1
    return unit === ',' ? at : null
  }

  /** True at the closing bracket, past which it goes. */
  #closes(closing: string, afterComma: boolean): boolean {
    this.#skip()
    if (this.#text[this.#at] !== closing) return false
    if (afterComma && !this.#dialect.trailingCommas)
      throw new Misread(this.#at, 'a comma before the closing bracket is not allowed in this file')
    this.#at += 1
    return true
  }

  #object(depth: number): JsonNode {
    const start = this.#at
    const members: JsonMember[] = []
    const value: { [name: string]: Json } = Object.create(null) as { [name: string]: Json }
    this.#at += 1
    let comma: number | null = null
    while (!this.#closes('}', comma !== null)) {
      const nameStart = this.#at
      const name = this.#string()
      if (Object.hasOwn(value, name)) throw new Misread(nameStart, 'this name occurs twice')
      this.#skip()
      if (this.#text[this.#at] !== ':') throw new Misread(this.#at, '":" is expected here')
      this.#at += 1
      const node = this.#value(depth + 1)
      value[name] = node.value
      comma = this.#separator('}')
      members.push({ name, start: nameStart, node, comma })
      if (comma === null) break
    }
    return { start, end: this.#at, value, members }
  }

  #array(depth: number): JsonNode {
    const start = this.#at
    const value: Json[] = []
    this.#at += 1
    let comma: number | null = null
    while (!this.#closes(']', comma !== null)) {
      value.push(this.#value(depth + 1).value)
      comma = this.#separator(']')
      if (comma === null) break
    }
    return { start, end: this.#at, value, members: null }
  }
}
