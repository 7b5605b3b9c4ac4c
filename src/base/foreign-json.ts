/**
 * JSON as others write it: anything that RFC 8259 allows, duplicate names and all, read as `JSON.parse` should read
 * it. The engine's own parser is not used where it is wrong: V8 as of Node.js 26 takes a member's name that has an
 * escape in it for another one now and then (`{"'":{},"\"":{}}` may come back with a member `\`). Names without escapes it
 * reads right, and nearly all texts have no others; those that do are read here. Bytes that are judged, or whose value
 * decides anything, are I-JSON and for `parseStrictJson`.
 */
import type { Json } from './json.ts'

/** Levels of nesting that are followed where the engine is not asked. */
const maxDepth = 1_000
/** The last escape in a string that is followed by a colon, which only a name is. */
const escapedName = /\\.[^"\\]*"[ \t\n\r]*:/su
const space = /[ \t\n\r]*/uy
const scalar = /[^ \t\n\r,\]}]+/uy

/** The value of a text. Throws a `SyntaxError` where it is not JSON, or names are escaped in more than 1,000 levels. */
export function parseForeignJson(text: string): Json {
  // The engine judges what is JSON, always; whoever reads after it reads what is known to be sound.
  const value = JSON.parse(text) as Json
  return text.includes('\\') && escapedName.test(text) ? new Reader(text).value(0) : value
}

/** Reads a text that is known to be JSON. */
class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  value(depth: number): Json {
    if (depth > maxDepth) throw new SyntaxError('the JSON text nests too deeply')
    this.#take(space)
    const first = this.#text[this.#at]
    if (first === '{') return Object.fromEntries(this.#items(() => this.#member(depth + 1)))
    if (first === '[') return this.#items(() => this.value(depth + 1))
    return JSON.parse(first === '"' ? this.#string() : this.#take(scalar)) as Json
  }

  #member(depth: number): readonly [string, Json] {
    this.#take(space)
    // A string by itself the engine reads right.
    const name = JSON.parse(this.#string()) as string
    this.#take(space)
    this.#at++
    return [name, this.value(depth)]
  }

  /** What stands between this bracket and its match, one by one. */
  #items<T>(read: () => T): readonly T[] {
    const items: T[] = []
    this.#at++
    this.#take(space)
    for (let isFirst = true; !']}'.includes(this.#text[this.#at] ?? ']'); isFirst = false) {
      if (!isFirst) this.#at++
      items.push(read())
      this.#take(space)
    }
    this.#at++
    return items
  }

  /** A string as it stands, with its quotes. Walked, because a pattern keeps a place to return to for every character. */
  #string(): string {
    const begin = this.#at++
    while (this.#text[this.#at] !== '"') this.#at += this.#text[this.#at] === '\\' ? 2 : 1
    return this.#text.slice(begin, ++this.#at)
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0] ?? ''
    this.#at += found.length
    return found
  }
}
