/**
 * VS Code: `servers` of `mcp.json`, in the user's profile and in `.vscode` of a project. Secrets are `inputs`
 * that it asks the person for; they are nowhere in the file.
 */
import { join } from 'node:path'
import type { ClientConfig } from './client-config.ts'
import { applicationFolder, singleList } from './client-places.ts'
import { bearerHeader, commonStdioEntry, readCommonEntry } from './entry-shape.ts'
import { jsonDialects, jsonFormat } from './json-format.ts'

const tokenInput = {
  type: 'promptString',
  id: 'custos-token',
  description: 'Token of the Custos agent',
  password: true,
} as const

/** VS Code. */
export const vscode: ClientConfig = {
  id: 'vscode',
  title: 'VS Code',
  format: jsonFormat(jsonDialects.lenient),
  placeholders: 'editor',
  listPath: ['servers'],
  files: (surroundings) => [
    { path: join(applicationFolder(surroundings), 'Code', 'User', 'mcp.json'), scope: 'user' },
    { path: join(surroundings.cwd, '.vscode', 'mcp.json'), scope: 'project' },
  ],
  lists: (document, file, { home }) => singleList(document, ['servers'], file, home, 1),
  switchedOff: () => new Set(),
  readEntry: readCommonEntry,
  stdioEntry: (connection) => ({ type: 'stdio', ...commonStdioEntry(connection) }),
  httpEntry: (http) => ({
    entry: { type: 'http', url: http.url, headers: bearerHeader(http, `\${input:${tokenInput.id}}`) },
    ...(http.token === null ? { beside: { inputs: [tokenInput] } } : {}),
  }),
}
