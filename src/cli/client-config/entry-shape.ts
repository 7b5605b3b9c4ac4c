/**
 * The shapes that entries of most clients share. Readers take members one by one, so that a member of the
 * wrong type is named instead of being passed over.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { Connection, ServerEntry } from './client-config.ts'

const maxMembers = 256

/** Types that mean Streamable HTTP, under the names clients know. */
const httpTypes: ReadonlySet<string> = new Set([
  'http',
  'streamable-http',
  'streamableHttp',
  'streamable_http',
])

/** `{command, args, env, cwd}` or `{type, url, headers}`, with `disabled` or `enabled`. */
export function readCommonEntry(entry: JsonObject): Result<ServerEntry, string> {
  const type = entry['type'] ?? entry['transport']
  const disabled = entry['disabled'] === true || entry['enabled'] === false
  if (type === 'sse')
    return ok({ kind: 'unusable', why: 'it uses the HTTP+SSE transport, which is deprecated' })
  if (typeof entry['command'] === 'string') return readStdio(entry, 'args', 'env', disabled)
  if (typeof entry['url'] === 'string') {
    if (type !== undefined && !(typeof type === 'string' && httpTypes.has(type)))
      return ok({ kind: 'unusable', why: 'its transport is not known here' })
    return readHttp(entry['url'], entry['headers'], disabled)
  }
  return err('it has neither a command nor a url')
}

/** A program, its arguments and its environment under the names that the client uses. */
export function readStdio(
  entry: JsonObject,
  argsName: string,
  envName: string,
  disabled: boolean,
): Result<ServerEntry, string> {
  const { command } = entry
  if (typeof command !== 'string' || command === '') return err('`command` must be a text')
  const args = textsOf(entry[argsName])
  if (args === null) return err(`\`${argsName}\` must be a list of texts`)
  const env = textMapOf(entry[envName])
  if (env === null) return err(`\`${envName}\` must map names to texts`)
  const cwd = entry['cwd'] ?? null
  if (cwd !== null && typeof cwd !== 'string') return err('`cwd` must be a text')
  if (typeof entry['envFile'] === 'string')
    return ok({ kind: 'unusable', why: `its environment is in a file (${entry['envFile']})` })
  return ok({ kind: 'stdio', command, args, env, cwd, disabled })
}

/** An address and headers. */
export function readHttp(
  url: string,
  headers: Json | undefined,
  disabled: boolean,
): Result<ServerEntry, string> {
  const map = textMapOf(headers)
  return map === null
    ? err('`headers` must map names to texts')
    : ok({ kind: 'http', url, headers: map, disabled })
}

/** A list of texts; nothing when absent; null when it is something else. */
export function textsOf(value: Json | undefined): readonly string[] | null {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value) || value.length > maxMembers) return null
  const items: readonly Json[] = value
  return items.every((item) => typeof item === 'string') ? items : null
}

/** A map of texts; numbers and switches count as their text; null when it is something else. */
export function textMapOf(value: Json | undefined): { readonly [name: string]: string } | null {
  if (value === undefined || value === null) return {}
  if (!isJsonObject(value) || Object.keys(value).length > maxMembers) return null
  const texts: [string, string][] = []
  for (const [name, item] of Object.entries(value)) {
    if (typeof item === 'object') return null
    texts.push([name, String(item)])
  }
  return Object.fromEntries(texts)
}

/** Our entry as most clients write a program: `{command, args, env}`; `env` only when it says something. */
export function commonStdioEntry({ stdio }: Connection): JsonObject {
  const { command, args, env } = stdio
  return Object.keys(env).length === 0 ? { command, args } : { command, args, env }
}

/** `Authorization` with the token, or with the client's own spelling of the variable `CUSTOS_TOKEN`. */
export function bearerHeader(
  http: NonNullable<Connection['http']>,
  variable: string,
): { readonly Authorization: string } {
  return { Authorization: `Bearer ${http.token ?? variable}` }
}

/** Names in a list member, for switches such as `disabledMcpjsonServers`. */
export function namesIn(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item: Json): item is string => typeof item === 'string') : []
}
