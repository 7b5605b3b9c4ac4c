/**
 * What a modern request repeats in HTTP headers must be what its body says: something between client and gateway
 * may have decided by the headers. Headers are never used for anything else here.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { RpcError } from '../../mcp/error-code.ts'
import { errorCodes } from '../../mcp/error-code.ts'
import { decodeHeaderValue } from '../../mcp/header-value.ts'

/** Headers of a request, by lower-case name. Repeated ones are joined and so match nothing. */
export type RequestHeaders = { readonly [name: string]: string | readonly string[] | undefined }

/** Where the `Mcp-Name` of a method comes from. */
const namedBy: ReadonlyMap<string, string> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
  ['tasks/get', 'taskId'],
  ['tasks/update', 'taskId'],
  ['tasks/cancel', 'taskId'],
])

const deepestAnnotation = 16

/** What is wrong with `Mcp-Method` and `Mcp-Name`, or null. */
export function whyHeadersDiffer(
  headers: RequestHeaders,
  method: string,
  params: JsonObject,
): RpcError | null {
  const said = headers['mcp-method']
  if (said !== method) return mismatch('Mcp-Method', said)
  const source = namedBy.get(method)
  if (source === undefined) return null
  const value = params[source]
  const header = headers['mcp-name']
  if (typeof value !== 'string') return null
  return typeof header === 'string' && decodeHeaderValue(header) === value
    ? null
    : mismatch('Mcp-Name', header)
}

/** What is wrong with the version header beside the version in the body, or null. */
export function whyVersionDiffers(headers: RequestHeaders, version: string): RpcError | null {
  const said = headers['mcp-protocol-version']
  return said === version ? null : mismatch('MCP-Protocol-Version', said)
}

/** What is wrong with the `Mcp-Param-*` headers that the tool's schema demands, or null. */
export function whyParamHeadersDiffer(
  headers: RequestHeaders,
  tool: JsonObject,
  args: JsonObject,
): RpcError | null {
  for (const [name, path] of annotationsOf(tool['inputSchema'], [])) {
    const header = headers[`mcp-param-${name.toLowerCase()}`]
    const value = valueAt(args, path)
    if (value === undefined || value === null || typeof value === 'object') {
      if (header !== undefined) return mismatch(`Mcp-Param-${name}`, header)
    } else if (typeof header !== 'string' || !means(decodeHeaderValue(header), value)) {
      return mismatch(`Mcp-Param-${name}`, header)
    }
  }
  return null
}

/** Annotated properties that are reached through `properties` alone, with their paths. */
function annotationsOf(
  schema: Json | undefined,
  path: readonly string[],
): readonly (readonly [name: string, path: readonly string[]])[] {
  const properties = isJsonObject(schema) ? schema['properties'] : undefined
  if (!isJsonObject(properties) || path.length >= deepestAnnotation) return []
  return Object.entries(properties).flatMap(([name, property]) => {
    const here = [...path, name]
    const annotation = isJsonObject(property) ? property['x-mcp-header'] : undefined
    const own = typeof annotation === 'string' && annotation !== '' ? [[annotation, here] as const] : []
    return [...own, ...annotationsOf(property, here)]
  })
}

function valueAt(args: JsonObject, path: readonly string[]): Json | undefined {
  let value: Json | undefined = args
  for (const name of path) value = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
  return value
}

function means(header: string | null, value: string | number | boolean): boolean {
  if (header === null) return false
  if (typeof value !== 'number') return header === String(value)
  return header.trim() !== '' && Number(header) === value
}

function mismatch(name: string, said: RequestHeaders[string]): RpcError {
  const why = said === undefined ? 'is missing' : 'does not match the body'
  return { code: errorCodes.headerMismatch, message: `Header mismatch: the header ${name} ${why}.` }
}
