/**
 * Claude Code: `~/.claude.json` lists servers for the user and, under `projects`, for one person in one
 * project; `.mcp.json` lists what a project shares. The file moves with `CLAUDE_CONFIG_DIR`.
 */
import { dirname, join } from 'node:path'
import type { JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { ClientConfig, ConfigFile, ServerList, Surroundings } from './client-config.ts'
import { valueAt } from './client-config.ts'
import { isWithin } from './config-file.ts'
import { readOptionalJson } from './config-file.ts'
import { bearerHeader, commonStdioEntry, namesIn, readCommonEntry } from './entry-shape.ts'
import { jsonDialects, jsonFormat } from './json-format.ts'

const listName = 'mcpServers'

/** Claude Code. */
export const claudeCode: ClientConfig = {
  id: 'claude-code',
  title: 'Claude Code',
  format: jsonFormat(jsonDialects.strict),
  placeholders: 'claude',
  listPath: [listName],
  files: ({ env, home, cwd }) => [
    { path: join(env['CLAUDE_CONFIG_DIR'] ?? home, '.claude.json'), scope: 'user' },
    { path: join(cwd, '.mcp.json'), scope: 'project' },
  ],
  lists(document, file, surroundings) {
    const own = valueAt(document, [listName])
    const folder = file.scope === 'project' ? dirname(file.path) : surroundings.home
    const first: readonly ServerList[] = isJsonObject(own)
      ? [{ path: [listName], scope: file.scope, folder, servers: own, elsewhere: null }]
      : []
    return [...first, ...projectLists(document, surroundings)]
  },
  switchedOff(_document, file) {
    if (file.scope !== 'project') return new Set()
    return new Set(settingsFiles(file).flatMap((settings) => namesIn(settings['disabledMcpjsonServers'])))
  },
  readEntry: readCommonEntry,
  stdioEntry: (connection) => ({ type: 'stdio', ...commonStdioEntry(connection) }),
  httpEntry: (http) => ({
    entry: { type: 'http', url: http.url, headers: bearerHeader(http, '${CUSTOS_TOKEN}') },
  }),
}

/** Lists under `projects`; those of other projects are shown but count there only. */
function projectLists(document: JsonObject, { cwd }: Surroundings): readonly ServerList[] {
  const projects = valueAt(document, ['projects'])
  if (!isJsonObject(projects)) return []
  return Object.entries(projects).flatMap(([folder, project]) => {
    const servers = isJsonObject(project) ? project[listName] : undefined
    if (!isJsonObject(servers) || Object.keys(servers).length === 0) return []
    const elsewhere = isWithin(cwd, folder) ? null : `it belongs to the project ${folder}: import it there`
    return [{ path: ['projects', folder, listName], scope: `project ${folder}`, folder, servers, elsewhere }]
  })
}

function settingsFiles(file: ConfigFile): readonly JsonObject[] {
  const folder = join(dirname(file.path), '.claude')
  return ['settings.json', 'settings.local.json'].flatMap((name) => {
    const settings = readOptionalJson(join(folder, name))
    return settings === null ? [] : [settings]
  })
}
