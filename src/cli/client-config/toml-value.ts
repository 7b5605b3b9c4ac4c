/**
 * Reads the values and keys of TOML 1.0 at a place in a text. Only as much as is needed to find the tables of
 * a file reliably and to read those that concern us; dates are refused there, and skipped elsewhere.
 */
import type { Json } from '../../base/json.ts'

/** Something that is not TOML as we understand it. Thrown inside this folder's TOML files only. */
export class TomlMisread extends Error {
  readonly offset: number
  constructor(offset: number, message: string) {
    super(message)
    this.offset = offset
  }
}

/** A position in a text that moves forward. */
export interface TomlCursor {
  readonly text: string
  at: number
}

/** A value; `plain` is false when it holds a date, which has no JSON. */
export interface TomlValue {
  readonly value: Json
  readonly plain: boolean
}

const maxDepth = 32
const bareKey = /[A-Za-z0-9_-]+/y
const inlineSpace = /[ \t]*/y
const anySpace = /(?:[ \t\r\n]|#[^\n]*)*/y
const integer = /^[+-]?(?:0|[1-9](?:_?\d)*)$/
const prefixed = /^0(?:x[0-9A-Fa-f](?:_?[0-9A-Fa-f])*|o[0-7](?:_?[0-7])*|b[01](?:_?[01])*)$/
const float = /^[+-]?(?:0|[1-9](?:_?\d)*)(?:\.\d(?:_?\d)*)?(?:[eE][+-]?\d(?:_?\d)*)?$/
const date = /^\d{4}-\d\d-\d\d|^\d\d:\d\d/

/** What the pattern finds at the cursor, which moves past it; null when it finds nothing. */
export function take(cursor: TomlCursor, pattern: RegExp): RegExpExecArray | null {
  pattern.lastIndex = cursor.at
  const found = pattern.exec(cursor.text)
  if (found !== null) cursor.at += found[0].length
  return found
}

/** Skips blanks on the line. */
export function skipInline(cursor: TomlCursor): void {
  take(cursor, inlineSpace)
}

/** Skips blanks, line ends and comments. */
export function skipAll(cursor: TomlCursor): void {
  take(cursor, anySpace)
}

/** A key: one name, or several with dots between. */
export function readKey(cursor: TomlCursor): readonly string[] {
  const names: string[] = []
  for (;;) {
    skipInline(cursor)
    names.push(readName(cursor))
    skipInline(cursor)
    if (cursor.text[cursor.at] !== '.') return names
    cursor.at += 1
  }
}

function readName(cursor: TomlCursor): string {
  const unit = cursor.text[cursor.at]
  if (unit === '"') return readBasic(cursor)
  if (unit === "'") return readLiteral(cursor)
  const bare = take(cursor, bareKey)
  if (bare === null) throw new TomlMisread(cursor.at, 'a key is expected here')
  return bare[0]
}

/** A value of any kind. */
export function readValue(cursor: TomlCursor, depth = 0): TomlValue {
  if (depth > maxDepth) throw new TomlMisread(cursor.at, `nested more than ${maxDepth} deep`)
  const { text, at } = cursor
  if (text.startsWith('"""', at)) return plain(readMultiBasic(cursor))
  if (text.startsWith("'''", at)) return plain(readMultiLiteral(cursor))
  if (text[at] === '"') return plain(readBasic(cursor))
  if (text[at] === "'") return plain(readLiteral(cursor))
  if (text[at] === '[') return readArray(cursor, depth)
  if (text[at] === '{') return readInlineTable(cursor, depth)
  return readScalar(cursor)
}

function plain(value: Json): TomlValue {
  return { value, plain: true }
}

function readScalar(cursor: TomlCursor): TomlValue {
  const start = cursor.at
  const word = take(cursor, /[^\s,\]}#]+(?: \d\d:[^\s,\]}#]+)?/y)?.[0] ?? ''
  if (word === 'true' || word === 'false') return plain(word === 'true')
  const digits = word.replaceAll('_', '')
  if (prefixed.test(word) || integer.test(word) || float.test(word)) {
    const value = Number(digits)
    return Number.isFinite(value) ? plain(value) : { value: digits, plain: false }
  }
  if (/^[+-]?(?:inf|nan)$/.test(word) || date.test(word)) return { value: word, plain: false }
  throw new TomlMisread(start, 'a value is expected here')
}

function readBasic(cursor: TomlCursor): string {
  const start = cursor.at
  return unescape(readQuoted(cursor, '"'), start)
}

function readLiteral(cursor: TomlCursor): string {
  return readQuoted(cursor, "'")
}

/** What stands between two quotes on one line. */
function readQuoted(cursor: TomlCursor, quote: string): string {
  const start = cursor.at
  for (let at = start + 1; at < cursor.text.length; at += 1) {
    const unit = cursor.text[at]
    if (unit === '\n' || unit === '\r') break
    if (unit === '\\' && quote === '"') at += 1
    else if (unit === quote) {
      cursor.at = at + 1
      return cursor.text.slice(start + 1, at)
    }
  }
  throw new TomlMisread(start, 'this text does not end on its line')
}

function readMultiBasic(cursor: TomlCursor): string {
  const start = cursor.at
  const inner = readLines(cursor, '"')
  return unescape(
    inner.replace(/\\(\\|[ \t]*\r?\n\s*)/g, (all, what) => (what === '\\' ? all : '')),
    start,
  )
}

function readMultiLiteral(cursor: TomlCursor): string {
  return readLines(cursor, "'")
}

/** What stands between three quotes and three quotes; one or two more may belong to the text. */
function readLines(cursor: TomlCursor, quote: string): string {
  const { text, at: start } = cursor
  for (let at = start + 3; at < text.length; at += 1) {
    if (text[at] === '\\' && quote === '"') at += 1
    else if (text.startsWith(quote.repeat(3), at)) {
      let end = at
      while (end < at + 2 && text[end + 3] === quote) end += 1
      cursor.at = end + 3
      return text.slice(start + 3, end).replace(/^\r?\n/, '')
    }
  }
  throw new TomlMisread(start, 'this text does not end')
}

const escapes: { readonly [letter: string]: string } = {
  b: '\b',
  t: '\t',
  n: '\n',
  f: '\f',
  r: '\r',
  e: '\u001b',
  '"': '"',
  '\\': '\\',
}

function unescape(inner: string, offset: number): string {
  return inner.replace(
    /\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([^]))/g,
    (_all, short?: string, long?: string, letter?: string) => {
      const hex = short ?? long
      const point = hex === undefined ? -1 : Number.parseInt(hex, 16)
      if (point >= 0 && point <= 0x10ffff) return String.fromCodePoint(point)
      const meant = letter === undefined || !Object.hasOwn(escapes, letter) ? undefined : escapes[letter]
      if (meant === undefined) throw new TomlMisread(offset, 'this text holds an escape that does not exist')
      return meant
    },
  )
}

function readArray(cursor: TomlCursor, depth: number): TomlValue {
  const items: TomlValue[] = []
  cursor.at += 1
  for (;;) {
    skipAll(cursor)
    if (cursor.text[cursor.at] === ']') break
    items.push(readValue(cursor, depth + 1))
    skipAll(cursor)
    if (cursor.text[cursor.at] === ',') cursor.at += 1
    else if (cursor.text[cursor.at] !== ']') throw new TomlMisread(cursor.at, '"," or "]" is expected here')
  }
  cursor.at += 1
  return { value: items.map((item) => item.value), plain: items.every((item) => item.plain) }
}

function readInlineTable(cursor: TomlCursor, depth: number): TomlValue {
  const table: TomlTable = Object.create(null) as TomlTable
  let isPlain = true
  cursor.at += 1
  skipAll(cursor)
  while (cursor.text[cursor.at] !== '}') {
    const start = cursor.at
    const key = readKey(cursor)
    expectEquals(cursor)
    const value = readValue(cursor, depth + 1)
    isPlain &&= value.plain
    setAt(table, key, value.value, start)
    skipAll(cursor)
    if (cursor.text[cursor.at] === ',') cursor.at += 1
    else if (cursor.text[cursor.at] !== '}') throw new TomlMisread(cursor.at, '"," or "}" is expected here')
    skipAll(cursor)
  }
  cursor.at += 1
  return { value: table, plain: isPlain }
}

/** Goes past the equals sign after a key. */
export function expectEquals(cursor: TomlCursor): void {
  if (cursor.text[cursor.at] !== '=') throw new TomlMisread(cursor.at, '"=" is expected here')
  cursor.at += 1
  skipInline(cursor)
}

/** A table under construction. */
export interface TomlTable {
  [name: string]: Json
}

/** Puts a value where a dotted key says; a key that is taken is refused. */
export function setAt(table: TomlTable, key: readonly string[], value: Json, offset: number): void {
  const inner = tableAt(table, key.slice(0, -1), offset)
  const name = key.at(-1) ?? ''
  if (Object.hasOwn(inner, name)) throw new TomlMisread(offset, 'this key occurs twice')
  inner[name] = value
}

/** The table at a path, made where it is missing. */
export function tableAt(table: TomlTable, path: readonly string[], offset: number): TomlTable {
  let inner = table
  for (const name of path) {
    if (!Object.hasOwn(inner, name)) inner[name] = Object.create(null) as TomlTable
    const next: Json | undefined = inner[name]
    if (typeof next !== 'object' || next === null || Array.isArray(next))
      throw new TomlMisread(offset, 'this key is taken by a value that is no table')
    inner = next as TomlTable
  }
  return inner
}
