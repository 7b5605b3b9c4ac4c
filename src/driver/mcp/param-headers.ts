/**
 * Arguments that a tool wants repeated as HTTP headers. A definition marks them with `x-mcp-header`; from
 * revision 2026-07-28 a client must repeat exactly those and must not use a tool whose marks are wrong. A mark is
 * valid on a string, integer or boolean that is reached from the root of the input schema through `properties`
 * alone; anywhere else one could not tell from the definition which argument it means.
 */
import { parseForeignJson } from '../../base/foreign-json.ts'
import { encodeHeaderValue } from '../../mcp/header-value.ts'
import type { Json, JsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { isJsonObject } from '../../base/json.ts'

/** One marked argument. */
interface Mark {
  /** The header's name without `Mcp-Param-`. */
  readonly header: string
  /** Member names from the arguments inwards. */
  readonly path: readonly string[]
}

const keyword = 'x-mcp-header'

/** Bounds, so that a definition cannot make a request that nobody accepts. */
const most = { marks: 64, nameLength: 128, depth: 64 } as const

/** `1*tchar` of RFC 9110. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/u
const markedTypes: readonly string[] = ['string', 'integer', 'boolean']

/** Keywords whose values are data and not schemas. */
const dataKeywords: readonly string[] = ['default', 'const', 'enum', 'examples']
/** Keywords whose values are objects of named schemas. */
const namedKeywords: readonly string[] = [
  'properties',
  'patternProperties',
  'dependentSchemas',
  '$defs',
  'definitions',
]

/** Why a tool's `x-mcp-header` marks are invalid, in a sentence without its end; null when they are not. */
export function whyInvalidAnnotations(tool: JsonObject): string | null {
  const marks = marksOf(tool)
  return marks.ok ? null : marks.error
}

/**
 * The headers, with encoded values, that a call of `tool` must carry. `argumentBytes` is JSON that was judged
 * before; it is parsed only if the tool has marks. Arguments that are absent, null or neither text, number nor
 * boolean have no header. A tool with invalid marks has none.
 */
export function paramHeadersOf(
  tool: JsonObject,
  argumentBytes: Uint8Array,
): readonly (readonly [name: string, value: string])[] {
  const marks = marksOf(tool)
  if (!marks.ok || marks.value.length === 0) return []
  const callArguments = parseForeignJson(Buffer.from(argumentBytes).toString())
  return marks.value.flatMap(({ header, path }) => {
    const text = headerText(valueAt(callArguments, path))
    return text === null ? [] : [[`Mcp-Param-${header}`, encodeHeaderValue(text)] as const]
  })
}

/** Definitions are kept for as long as a session lasts and are looked at for every call. */
const known = new WeakMap<JsonObject, Result<readonly Mark[], string>>()

function marksOf(tool: JsonObject): Result<readonly Mark[], string> {
  const before = known.get(tool)
  if (before !== undefined) return before
  const marks = readMarks(tool)
  known.set(tool, marks)
  return marks
}

function readMarks(tool: JsonObject): Result<readonly Mark[], string> {
  const marks: Mark[] = []
  const schema = tool['inputSchema']
  const wrong = isJsonObject(schema) ? collect(schema, [], marks) : null
  return wrong === null ? ok(marks) : err(wrong)
}

/** Walks the `properties` of a schema. Returns what is wrong, or null. */
function collect(schema: JsonObject, path: readonly string[], marks: Mark[]): string | null {
  if (path.length > most.depth) return 'its input schema nests too deeply'
  if (Object.hasOwn(schema, keyword)) {
    const wrong = addMark(schema, path, marks)
    if (wrong !== null) return wrong
  }
  for (const [name, value] of Object.entries(schema)) {
    if (name === keyword || dataKeywords.includes(name)) continue
    if (name === 'properties' && isJsonObject(value)) {
      for (const [property, inner] of Object.entries(value)) {
        const wrong = isJsonObject(inner) ? collect(inner, [...path, property], marks) : null
        if (wrong !== null) return wrong
      }
    } else if (isMarkedWithin(name, value, path.length)) {
      return `${keyword} stands inside \`${name}\`, where it may not`
    }
  }
  return null
}

function addMark(schema: JsonObject, path: readonly string[], marks: Mark[]): string | null {
  const header = schema[keyword]
  if (path.length === 0) return `${keyword} stands on the input schema itself`
  if (typeof header !== 'string' || !token.test(header)) return `an ${keyword} is not the name of a header`
  if (header.length > most.nameLength) return `an ${keyword} is longer than ${most.nameLength} characters`
  const type = schema['type']
  if (typeof type !== 'string' || !markedTypes.includes(type))
    return `${keyword} ${header} is not on a string, integer or boolean`
  if (marks.some((mark) => mark.header.toLowerCase() === header.toLowerCase()))
    return `${keyword} ${header} is given twice`
  if (marks.length === most.marks) return `more than ${most.marks} arguments are marked with ${keyword}`
  marks.push({ header, path })
  return null
}

/** True when a mark stands anywhere in the value of a schema keyword. */
function isMarkedWithin(name: string, value: Json, depth: number): boolean {
  if (dataKeywords.includes(name) || depth > most.depth) return false
  if (Array.isArray(value)) return value.some((item) => isMarkedWithin('', item, depth + 1))
  if (!isJsonObject(value)) return false
  const named = namedKeywords.includes(name)
  if (!named && Object.hasOwn(value, keyword)) return true
  return Object.entries(value).some(([inner, item]) => isMarkedWithin(named ? '' : inner, item, depth + 1))
}

function valueAt(from: Json, path: readonly string[]): Json | undefined {
  let value: Json | undefined = from
  for (const name of path) {
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return undefined
    value = value[name]
  }
  return value
}

function headerText(value: Json | undefined): string | null {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null
}
