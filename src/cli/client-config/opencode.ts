/**
 * opencode: JSON with comments, for the user and for the project. Version 1 names servers directly under
 * `mcp`, version 2 under `mcp.servers` with `disabled` in place of `enabled`; both read both. A program is one
 * list of words.
 */
import { join } from 'node:path'
import type { JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err } from '../../base/result.ts'
import type {
  ClientConfig,
  ConfigFile,
  Connection,
  ServerEntry,
  ServerList,
  Surroundings,
} from './client-config.ts'
import { valueAt } from './client-config.ts'
import { configFolder, singleList } from './client-places.ts'
import { bearerHeader, readHttp, readStdio, textsOf } from './entry-shape.ts'
import { jsonDialects, jsonFormat } from './json-format.ts'

const names = ['opencode.json', 'opencode.jsonc'] as const

/** opencode. */
export const opencode: ClientConfig = {
  id: 'opencode',
  title: 'opencode',
  format: jsonFormat(jsonDialects.lenient),
  placeholders: 'opencode',
  listPath: ['mcp'],
  files,
  lists,
  switchedOff: () => new Set(),
  readEntry,
  stdioEntry: ownEntry,
  httpEntry: (http) => ({
    entry: { type: 'remote', url: http.url, headers: bearerHeader(http, '{env:CUSTOS_TOKEN}'), oauth: false },
  }),
}

function files(surroundings: Surroundings): readonly ConfigFile[] {
  const { env, cwd } = surroundings
  const chosen = env['OPENCODE_CONFIG'] ?? ''
  const inFolder = (folder: string, scope: ConfigFile['scope']): readonly ConfigFile[] =>
    names.map((name) => ({ path: join(folder, name), scope }))
  return [
    ...inFolder(join(configFolder(surroundings), 'opencode'), 'user'),
    ...(chosen === '' ? [] : [{ path: chosen, scope: 'user' } as const]),
    ...inFolder(cwd, 'project'),
    ...inFolder(join(cwd, '.opencode'), 'project'),
  ]
}

function lists(document: JsonObject, file: ConfigFile, { home }: Surroundings): readonly ServerList[] {
  const inner = valueAt(document, ['mcp', 'servers'])
  const levels = file.path.includes('/.opencode/') ? 1 : 0
  // A server may itself be called `servers`: it has members of its own that are no objects.
  const isList = isJsonObject(inner) && Object.values(inner).every((item) => isJsonObject(item))
  if (isList) return singleList(document, ['mcp', 'servers'], file, home, levels)
  return singleList(document, ['mcp'], file, home, levels)
}

function readEntry(entry: JsonObject): Result<ServerEntry, string> {
  const disabled = entry['enabled'] === false || entry['disabled'] === true
  if (typeof entry['url'] === 'string') return readHttp(entry['url'], entry['headers'], disabled)
  const words = textsOf(entry['command'])
  const [command, ...args] = words ?? []
  if (command === undefined) return err('it has neither a url nor a command that is a list of words')
  return readStdio({ ...entry, command, args }, 'args', 'environment', disabled)
}

function ownEntry({ stdio }: Connection, path: readonly string[]): JsonObject {
  const { command, args, env } = stdio
  const environment = Object.keys(env).length === 0 ? {} : { environment: env }
  const words = { type: 'local', command: [command, ...args], ...environment }
  return path.length > 1 ? words : { ...words, enabled: true }
}
