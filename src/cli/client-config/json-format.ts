/**
 * Changes a list of servers inside a JSON text and leaves every other byte as it is, comments included. What
 * comes out is read again and compared with what was wanted; any difference refuses the edit.
 */
import { isDeepStrictEqual } from 'node:util'
import { parseForeignJson } from '../../base/foreign-json.ts'
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { ConfigFormat, ListChange } from './client-config.ts'
import type { JsonDialect, JsonMember, JsonNode } from './json-text.ts'
import { nodeAt, parseJsonText } from './json-text.ts'
import { problemAt } from './text-problem.ts'

/** The dialects that clients read. */
export const jsonDialects: { readonly [D in 'strict' | 'comments' | 'lenient']: JsonDialect } = {
  strict: { comments: false, trailingCommas: false },
  comments: { comments: true, trailingCommas: false },
  lenient: { comments: true, trailingCommas: true },
}

/** JSON in one dialect. */
export function jsonFormat(dialect: JsonDialect): ConfigFormat {
  return {
    read(text) {
      const root = parseJsonText(text, dialect)
      if (!root.ok) return root
      return isJsonObject(root.value.value)
        ? ok(root.value.value)
        : err(problemAt(text, root.value.start, 'an object is expected here'))
    },
    edit: (text, path, change) => editList(text, dialect, path, change),
    fragment(text, path) {
      const node = findNode(text, dialect, path)
      return node.ok ? ok(text.slice(node.value.start, node.value.end)) : node
    },
    fragmentValue(fragment) {
      const node = parseJsonText(fragment, dialect)
      return node.ok ? plain(node.value.value) : null
    },
    replaceFragment(text, path, fragment) {
      const node = findNode(text, dialect, path)
      return node.ok ? ok(`${text.slice(0, node.value.start)}${fragment}${text.slice(node.value.end)}`) : node
    },
    snippet(path, name, entry, beside = {}) {
      if (path.length === 0) return `${JSON.stringify(name)}: ${oneLine(entry)}`
      const list: JsonObject = { [name]: entry }
      const wrapped = path.toReversed().reduce<JsonObject>((inner, member) => ({ [member]: inner }), list)
      return JSON.stringify({ ...beside, ...wrapped })
    },
  }
}

function findNode(text: string, dialect: JsonDialect, path: readonly string[]): Result<JsonNode, string> {
  const root = parseJsonText(text, dialect)
  if (!root.ok) return err(`line ${root.error.line}: ${root.error.message}`)
  const node = nodeAt(root.value, path)
  return node === null ? err(`there is no ${path.join('.')} any more`) : ok(node)
}

function editList(
  text: string,
  dialect: JsonDialect,
  path: readonly string[],
  change: ListChange,
): Result<string, string> {
  const found = findNode(text, dialect, path)
  if (!found.ok) return found
  const { members } = found.value
  if (members === null) return err(`${path.join('.')} is not an object`)
  const edited = spliceMembers(text, found.value, members, change)
  const again = findNode(edited, dialect, path)
  if (!again.ok || !isDeepStrictEqual(plain(again.value.value), plain(wanted(members, change))))
    return err('the change cannot be made without touching more than the servers')
  return ok(edited)
}

function wanted(members: readonly JsonMember[], { remove, add }: ListChange): JsonObject {
  const kept = members.filter(({ name }) => !remove.has(name)).map(({ name, node }) => [name, node.value])
  const added = add === null ? [] : [[add.name, add.entry]]
  return Object.fromEntries([...kept, ...added] as [string, Json][])
}

/** Without prototypes, so that only the values count. */
function plain(value: Json): Json {
  return parseForeignJson(JSON.stringify(value))
}

interface Cut {
  readonly start: number
  readonly end: number
  readonly text: string
}

function spliceMembers(
  text: string,
  list: JsonNode,
  members: readonly JsonMember[],
  { remove, add }: ListChange,
): string {
  const removed = members.filter(({ name }) => remove.has(name))
  const place = add === null ? undefined : removed[0]
  const cuts = removed.flatMap((member) =>
    member === place && add !== null
      ? [{ start: member.start, end: member.node.end, text: entryText(text, member.start, add) }]
      : cutsOf(text, member),
  )
  if (add !== null && place === undefined) cuts.push(insertion(text, list, members, add))
  const kept = members.filter((member) => member === place || !remove.has(member.name)).at(-1)
  // When the last one goes, the comma of the one before it goes too, unless commas trail here anyway.
  if (kept !== undefined && kept !== members.at(-1) && members.at(-1)?.comma === null && kept.comma !== null)
    cuts.push({ start: kept.comma, end: kept.comma + 1, text: '' })
  return withoutNewBlankLines(text, cuts)
}

function cutsOf(text: string, { start, node, comma }: JsonMember): Cut[] {
  if (comma === null) return [{ start, end: node.end, text: '' }]
  const after = /[ \t]*/y
  after.lastIndex = comma + 1
  const end = comma + 1 + (after.exec(text)?.[0].length ?? 0)
  // A comment between the value and its comma stays.
  return text.slice(node.end, comma).trim() === ''
    ? [{ start, end, text: '' }]
    : [
        { start, end: node.end, text: '' },
        { start: comma, end: comma + 1, text: '' },
      ]
}

/** Our entry before the first member, or as the only one. */
function insertion(
  text: string,
  list: JsonNode,
  members: readonly JsonMember[],
  add: NonNullable<ListChange['add']>,
): Cut {
  const [first] = members
  const at = first?.start ?? list.start + 1
  const body = entryText(text, at, add)
  if (first === undefined) return { start: at, end: at, text: body }
  const lead = /[^\S\n]*$/.exec(text.slice(0, at))?.[0] ?? ''
  const ownLine = text[at - lead.length - 1] === '\n'
  return { start: at, end: at, text: ownLine ? `${body},${endOfLine(text)}${lead}` : `${body}, ` }
}

/** `"name": {…}` as it would be written at `at`: on one line, or indented like what stands there. */
function entryText(text: string, at: number, { name, entry }: NonNullable<ListChange['add']>): string {
  const lineStart = text.lastIndexOf('\n', at - 1) + 1
  const indent = text.slice(lineStart, at)
  if (indent.trim() !== '' || lineStart === 0) return `${JSON.stringify(name)}: ${oneLine(entry)}`
  const unit = /\n([ \t]+)\S/.exec(text)?.[1] ?? '  '
  const pairs = Object.entries(entry).map(
    ([member, value], index, { length }) =>
      `${unit}${JSON.stringify(member)}: ${oneLine(value)}${index + 1 < length ? ',' : ''}`,
  )
  return `${JSON.stringify(name)}: ${['{', ...pairs, '}'].join(`${endOfLine(text)}${indent}`)}`
}

/** A value on one line, spaced as people write it. */
function oneLine(value: Json): string {
  if (Array.isArray(value)) return `[${value.map((item: Json) => oneLine(item)).join(', ')}]`
  if (!isJsonObject(value)) return JSON.stringify(value)
  const pairs = Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${oneLine(item)}`)
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`
}

function endOfLine(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n'
}

/** Applies cuts; a line of which nothing but white space is left goes altogether. */
function withoutNewBlankLines(text: string, cuts: readonly Cut[]): string {
  let result = text
  for (const cut of cuts.toSorted((one, other) => other.start - one.start)) {
    const before = result.slice(0, cut.start)
    const after = result.slice(cut.end)
    const lead = /[ \t]*$/.exec(before)?.[0].length ?? 0
    const rest = /^[ \t]*\r?\n/.exec(after)?.[0].length ?? 0
    const startsLine = before.length === lead || before[before.length - lead - 1] === '\n'
    result =
      cut.text === '' && rest > 0 && startsLine
        ? before.slice(0, before.length - lead) + after.slice(rest)
        : before + cut.text + after
  }
  return result
}
