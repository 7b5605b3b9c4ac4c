/** Cursor: `mcpServers` of `mcp.json`, in `.cursor` of the home folder and of the project. */
import { join } from 'node:path'
import type { ClientConfig } from './client-config.ts'
import { singleList } from './client-places.ts'
import { bearerHeader, commonStdioEntry, readCommonEntry } from './entry-shape.ts'
import { jsonDialects, jsonFormat } from './json-format.ts'

/** Cursor. */
export const cursor: ClientConfig = {
  id: 'cursor',
  title: 'Cursor',
  format: jsonFormat(jsonDialects.lenient),
  placeholders: 'editor',
  listPath: ['mcpServers'],
  files: ({ home, cwd }) => [
    { path: join(home, '.cursor', 'mcp.json'), scope: 'user' },
    { path: join(cwd, '.cursor', 'mcp.json'), scope: 'project' },
  ],
  lists: (document, file, { home }) => singleList(document, ['mcpServers'], file, home, 1),
  switchedOff: () => new Set(),
  readEntry: readCommonEntry,
  stdioEntry: (connection) => ({ type: 'stdio', ...commonStdioEntry(connection) }),
  httpEntry: (http) => ({ entry: { url: http.url, headers: bearerHeader(http, '${env:CUSTOS_TOKEN}') } }),
}
