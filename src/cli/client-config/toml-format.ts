/**
 * Changes the `[mcp_servers.NAME]` tables of a TOML text and leaves every other line as it is. What comes out
 * is read again and compared with what was wanted; any difference refuses the edit.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { ConfigFormat, ListChange } from './client-config.ts'
import { valueAt } from './client-config.ts'
import type { TomlPiece } from './toml-tables.ts'
import { parseTomlServers, serversTable } from './toml-tables.ts'

/** TOML whose servers stand in tables of their own. */
export const tomlFormat: ConfigFormat = {
  read(text) {
    const servers = parseTomlServers(text)
    return servers.ok ? ok(servers.value.document) : servers
  },
  edit: editServers,
  fragment(text) {
    const servers = parseTomlServers(text)
    return servers.ok
      ? ok(servers.value.pieces.map(({ start, end }) => lines(text.slice(start, end))).join('\n'))
      : err(`line ${servers.error.line}: ${servers.error.message}`)
  },
  fragmentValue(fragment) {
    const servers = parseTomlServers(fragment)
    return servers.ok ? plain(servers.value.document) : null
  },
  replaceFragment(text, _path, fragment) {
    const servers = parseTomlServers(text)
    if (!servers.ok) return err(`line ${servers.error.line}: ${servers.error.message}`)
    return ok(splice(text, servers.value.pieces, fragment))
  },
  snippet: (_path, name, entry) => tableText(name, entry),
}

function editServers(
  text: string,
  _path: readonly string[],
  { remove, add }: ListChange,
): Result<string, string> {
  const before = parseTomlServers(text)
  if (!before.ok) return err(`line ${before.error.line}: ${before.error.message}`)
  const removed = before.value.pieces.filter((piece) => remove.has(piece.server))
  const edited = splice(text, removed, add === null ? '' : tableText(add.name, add.entry))
  const after = parseTomlServers(edited)
  const list = valueAt(before.value.document, [serversTable])
  const kept = isJsonObject(list) ? Object.entries(list).filter(([name]) => !remove.has(name)) : []
  const wanted = Object.fromEntries([...kept, ...(add === null ? [] : [[add.name, add.entry]])] as [
    string,
    Json,
  ][])
  if (!after.ok || !isDeepStrictEqual(plain(after.value.document[serversTable] ?? {}), plain(wanted)))
    return err('the change cannot be made without touching more than the servers')
  return ok(edited)
}

/** A copy in ordinary objects. Not by way of text: Node.js 26 now and then misreads an escaped name in it. */
function plain(value: Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => plain(item))
  if (!isJsonObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]))
}

/** The text without `pieces`, and with `block` where the first of them was, or at the end. */
function splice(text: string, pieces: readonly TomlPiece[], block: string): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  const body = block === '' ? '' : lines(block).replaceAll('\n', eol)
  if (pieces.length === 0)
    return body === '' ? text : `${endedLine(text, eol)}${text === '' ? '' : eol}${body}`
  let result = text
  for (const [index, { start, end }] of [...pieces.entries()].reverse()) {
    const before = result.slice(0, start)
    const after = result.slice(end)
    const inserted = index === 0 ? body : ''
    // Of the blank lines on both sides of what goes, one side is enough.
    const rest =
      inserted === '' && /(?:^|\n)[ \t]*\r?\n$/.test(before) ? after.replace(/^(?:[ \t]*\r?\n)+/, '') : after
    result = before + inserted + rest
  }
  return result
}

function lines(block: string): string {
  return endedLine(block.replaceAll('\r\n', '\n'), '\n')
}

function endedLine(text: string, eol: string): string {
  return text === '' || text.endsWith('\n') ? text : text + eol
}

/** A server as a table: texts, numbers, lists of texts, and maps of texts as inline tables. */
function tableText(name: string, entry: JsonObject): string {
  const pairs = Object.entries(entry).map(([key, value]) => `${keyText(key)} = ${valueText(value)}\n`)
  return `[${serversTable}.${keyText(name)}]\n${pairs.join('')}`
}

function keyText(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : stringText(key)
}

/** A JSON string is a TOML basic string once DEL is escaped too. */
function stringText(text: string): string {
  return JSON.stringify(text).replaceAll('\u007f', '\\u007f')
}

function valueText(value: Json): string {
  if (typeof value === 'string') return stringText(value)
  if (Array.isArray(value)) return `[${value.map((item: Json) => valueText(item)).join(', ')}]`
  if (isJsonObject(value)) {
    const pairs = Object.entries(value).map(([key, item]) => `${keyText(key)} = ${valueText(item)}`)
    return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`
  }
  return JSON.stringify(value)
}
