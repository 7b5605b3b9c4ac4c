/**
 * Gemini CLI: `mcpServers` of `settings.json`, in `.gemini` of the home folder and of the project. Streamable
 * HTTP is spelt `httpUrl`; `mcp.allowed` and `mcp.excluded` switch servers off by name.
 */
import { join } from 'node:path'
import type { JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import type { ClientConfig, ServerEntry } from './client-config.ts'
import { valueAt } from './client-config.ts'
import { singleList } from './client-places.ts'
import { bearerHeader, commonStdioEntry, namesIn, readCommonEntry, readHttp } from './entry-shape.ts'
import { jsonDialects, jsonFormat } from './json-format.ts'

const listName = 'mcpServers'
/** A held call waits for a person for up to an hour. */
const timeoutMs = 3_600_000

/** Gemini CLI. */
export const gemini: ClientConfig = {
  id: 'gemini',
  title: 'Gemini CLI',
  format: jsonFormat(jsonDialects.comments),
  placeholders: 'shell',
  listPath: [listName],
  files: ({ env, home, cwd }) => [
    { path: join(env['GEMINI_CLI_HOME'] ?? home, '.gemini', 'settings.json'), scope: 'user' },
    { path: join(cwd, '.gemini', 'settings.json'), scope: 'project' },
  ],
  lists: (document, file, { home }) => singleList(document, [listName], file, home, 1),
  switchedOff(document) {
    const servers = valueAt(document, [listName])
    const names = isJsonObject(servers) ? Object.keys(servers) : []
    const allowed = valueAt(document, ['mcp', 'allowed'])
    const off = namesIn(valueAt(document, ['mcp', 'excluded']))
    return new Set(
      names.filter(
        (name) => off.includes(name) || (allowed !== undefined && !namesIn(allowed).includes(name)),
      ),
    )
  },
  readEntry,
  stdioEntry: (connection) => ({ ...commonStdioEntry(connection), timeout: timeoutMs }),
  httpEntry: (http) => ({
    entry: { httpUrl: http.url, headers: bearerHeader(http, '$CUSTOS_TOKEN'), timeout: timeoutMs },
  }),
}

function readEntry(entry: JsonObject): Result<ServerEntry, string> {
  const { httpUrl } = entry
  return typeof httpUrl === 'string' ? readHttp(httpUrl, entry['headers'], false) : readCommonEntry(entry)
}
