/**
 * Takes a TOML text apart into its tables, and reads those of `mcp_servers`. All other tables are gone
 * through, because a text or a list in them may hold lines that look like headers, but they are not kept. What
 * is valid TOML and still not understood here, such as `mcp_servers` written as one inline table, is refused.
 */
import type { JsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { TextProblem } from './text-problem.ts'
import { problemAt } from './text-problem.ts'
import type { TomlCursor, TomlTable } from './toml-value.ts'
import {
  expectEquals,
  readKey,
  readValue,
  setAt,
  skipAll,
  skipInline,
  tableAt,
  TomlMisread,
} from './toml-value.ts'

/** The table that lists Codex's servers. */
export const serversTable = 'mcp_servers'

/** The lines of one table of a server, from its header to its last key. */
export interface TomlPiece {
  readonly server: string
  /** Where its header starts. */
  readonly start: number
  /** After the line of its last key. */
  readonly end: number
}

/** What a text says about servers. */
export interface TomlServers {
  readonly document: JsonObject
  readonly pieces: readonly TomlPiece[]
}

/** Reads a whole text. */
export function parseTomlServers(text: string): Result<TomlServers, TextProblem> {
  try {
    return ok(readTables(text))
  } catch (problem) {
    if (problem instanceof TomlMisread) return err(problemAt(text, problem.offset, problem.message))
    throw problem
  }
}

function readTables(text: string): TomlServers {
  const cursor: TomlCursor = { text, at: text.startsWith('\uFEFF') ? 1 : 0 }
  const servers: TomlTable = Object.create(null) as TomlTable
  const pieces: TomlPiece[] = []
  const headers = new Set<string>()
  let path: readonly string[] = []
  for (;;) {
    skipAll(cursor)
    if (cursor.at >= text.length) break
    const start = cursor.at
    if (text[start] === '[') {
      path = readHeader(cursor)
      if (path[0] !== serversTable) continue
      if (headers.has(JSON.stringify(path))) throw new TomlMisread(start, 'this table occurs twice')
      headers.add(JSON.stringify(path))
      tableAt(servers, path.slice(1), start)
      if (path.length > 1) pieces.push({ server: path[1] ?? '', start, end: cursor.at })
    } else {
      readPair(cursor, path, servers)
      const piece = pieces.at(-1)
      if (path[0] === serversTable && piece !== undefined)
        pieces[pieces.length - 1] = { ...piece, end: cursor.at }
    }
  }
  return { document: { [serversTable]: servers }, pieces }
}

/** Goes past a header and its line; a list of tables is understood only where it does not concern us. */
function readHeader(cursor: TomlCursor): readonly string[] {
  const start = cursor.at
  const isList = cursor.text.startsWith('[[', start)
  cursor.at += isList ? 2 : 1
  const path = readKey(cursor)
  const closing = isList ? ']]' : ']'
  if (!cursor.text.startsWith(closing, cursor.at))
    throw new TomlMisread(cursor.at, `"${closing}" is expected here`)
  cursor.at += closing.length
  endLine(cursor)
  if (isList && path[0] === serversTable)
    throw new TomlMisread(start, `${serversTable} cannot hold a list of tables`)
  return path
}

function readPair(cursor: TomlCursor, path: readonly string[], servers: TomlTable): void {
  const start = cursor.at
  const key = readKey(cursor)
  expectEquals(cursor)
  const { value, plain } = readValue(cursor)
  endLine(cursor)
  if (path.length === 0 && key[0] === serversTable)
    throw new TomlMisread(
      start,
      `write servers as [${serversTable}.NAME] tables: other forms are not understood here`,
    )
  if (path[0] !== serversTable) return
  if (path.length === 1)
    throw new TomlMisread(
      start,
      `write servers as [${serversTable}.NAME] tables: other forms are not understood here`,
    )
  if (!plain) throw new TomlMisread(start, 'a server has no dates, and no numbers beyond reach')
  setAt(servers, [...path.slice(1), ...key], value, start)
}

/** Goes past blanks, a comment and the line end. */
function endLine(cursor: TomlCursor): void {
  skipInline(cursor)
  const { text } = cursor
  if (text[cursor.at] === '#') {
    const end = text.indexOf('\n', cursor.at)
    cursor.at = end === -1 ? text.length : end
  }
  if (text.startsWith('\r\n', cursor.at)) cursor.at += 2
  else if (text[cursor.at] === '\n') cursor.at += 1
  else if (cursor.at < text.length) throw new TomlMisread(cursor.at, 'the line should end here')
}
