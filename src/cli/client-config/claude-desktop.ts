/**
 * Claude Desktop: one file for the user. It lists programs only; servers on the network are connectors that
 * belong to the account, and are not in any file.
 */
import { join } from 'node:path'
import { isJsonObject } from '../../base/json.ts'
import type { ClientConfig } from './client-config.ts'
import { applicationFolder, singleList } from './client-places.ts'
import { commonStdioEntry, readCommonEntry } from './entry-shape.ts'
import { jsonDialects, jsonFormat } from './json-format.ts'

/** Claude Desktop. */
export const claudeDesktop: ClientConfig = {
  id: 'claude-desktop',
  title: 'Claude Desktop',
  format: jsonFormat(jsonDialects.strict),
  placeholders: 'none',
  listPath: ['mcpServers'],
  files: (surroundings) => [
    { path: join(applicationFolder(surroundings), 'Claude', 'claude_desktop_config.json'), scope: 'user' },
  ],
  lists: (document, file, { home }) => singleList(document, ['mcpServers'], file, home),
  switchedOff: () => new Set(),
  readEntry: (entry) => readCommonEntry(isJsonObject(entry) ? entry : {}),
  stdioEntry: commonStdioEntry,
  httpEntry: () => null,
}
