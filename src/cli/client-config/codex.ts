/**
 * Codex: `[mcp_servers.NAME]` tables of `config.toml`, for the user in `CODEX_HOME` or `~/.codex`, and for a
 * trusted project in `.codex`. It knows no placeholders: secrets are named by the variable that holds them.
 */
import { join } from 'node:path'
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err } from '../../base/result.ts'
import type { ClientConfig, ServerEntry } from './client-config.ts'
import { singleList } from './client-places.ts'
import { bearerHeader, commonStdioEntry, readHttp, readStdio, textMapOf } from './entry-shape.ts'
import { markedVariable } from './placeholder.ts'
import { tomlFormat } from './toml-format.ts'
import { serversTable } from './toml-tables.ts'

/** A held call waits for a person for up to an hour. */
const toolTimeoutSeconds = 3600

/** Codex. */
export const codex: ClientConfig = {
  id: 'codex',
  title: 'Codex',
  format: tomlFormat,
  placeholders: 'marked',
  listPath: [serversTable],
  files: ({ env, home, cwd }) => [
    { path: join(env['CODEX_HOME'] ?? join(home, '.codex'), 'config.toml'), scope: 'user' },
    { path: join(cwd, '.codex', 'config.toml'), scope: 'project' },
  ],
  lists: (document, file, { home }) => singleList(document, [serversTable], file, home, 1),
  switchedOff: () => new Set(),
  readEntry,
  stdioEntry: (connection) => ({
    ...commonStdioEntry(connection),
    tool_timeout_sec: toolTimeoutSeconds,
  }),
  httpEntry: (http) => ({
    entry: {
      url: http.url,
      ...(http.token === null
        ? { bearer_token_env_var: 'CUSTOS_TOKEN' }
        : { http_headers: bearerHeader(http, '') }),
      tool_timeout_sec: toolTimeoutSeconds,
    },
  }),
}

function readEntry(entry: JsonObject): Result<ServerEntry, string> {
  const disabled = entry['enabled'] === false
  if (typeof entry['command'] === 'string') {
    const forwarded = forwardedVariables(entry['env_vars'])
    if (forwarded === null) return err('`env_vars` must be a list of names')
    const own = textMapOf(entry['env'])
    if (own === null) return err('`env` must map names to texts')
    // Written as placeholders, so that they are filled in and judged like those of other clients.
    const env = { ...Object.fromEntries(forwarded.map((name) => [name, markedVariable(name)])), ...own }
    return readStdio({ ...entry, env }, 'args', 'env', disabled)
  }
  const { url } = entry
  if (typeof url !== 'string') return err('it has neither a command nor a url')
  return readHttp(url, headersOf(entry), disabled)
}

function forwardedVariables(value: Json | undefined): readonly string[] | null {
  if (value === undefined) return []
  if (!Array.isArray(value)) return null
  const names = value.map((item: Json) => (isJsonObject(item) ? item['name'] : item))
  return names.every((name) => typeof name === 'string') ? names : null
}

function headersOf(entry: JsonObject): JsonObject {
  const fromVariables = textMapOf(entry['env_http_headers']) ?? {}
  const written = isJsonObject(entry['http_headers']) ? entry['http_headers'] : {}
  const token = entry['bearer_token_env_var']
  return {
    ...written,
    ...Object.fromEntries(Object.entries(fromVariables).map(([name, from]) => [name, markedVariable(from)])),
    ...(typeof token === 'string' ? { Authorization: `Bearer ${markedVariable(token)}` } : {}),
  }
}
