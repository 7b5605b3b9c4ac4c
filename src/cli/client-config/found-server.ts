/**
 * Finds the servers that clients have configured: which files there are, which lists they hold, what each
 * entry says. A file that cannot be read is an error that names the file and the line; nothing is skipped
 * silently.
 */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { usageFailure } from '../exit.ts'
import type { ClientConfig, ConfigFile, ServerEntry, ServerList, Surroundings } from './client-config.ts'
import { clientIds, clientNamed, clientOfFile } from './clients.ts'
import { isWithin, readConfigText } from './config-file.ts'

/** A file of a client, read. */
export interface ReadFile {
  readonly client: ClientConfig
  readonly file: ConfigFile
  readonly text: string
  readonly lists: readonly ServerList[]
  readonly servers: readonly FoundServer[]
}

/** One server as a client has it. */
export interface FoundServer {
  readonly client: ClientConfig
  readonly file: ConfigFile
  readonly list: ServerList
  readonly name: string
  readonly entry: ServerEntry
  /** Why the client itself would not use it here, or null. */
  readonly idle: string | null
  /** Members with which the client shows its model less than the server offers; a driver has no such thing. */
  readonly filters: readonly string[]
}

const filterMembers: readonly string[] =
  'includeTools excludeTools enabled_tools disabled_tools enabledTools disabledTools'.split(' ')

/** Every file that these clients read here and that exists. */
export function readClients(
  clients: readonly ClientConfig[],
  surroundings: Surroundings,
): readonly ReadFile[] {
  return clients.flatMap((client) =>
    client
      .files(surroundings)
      .filter(({ path }) => existsSync(path))
      .map((file) => readClientFile(client, file, surroundings)),
  )
}

/** What a word of the command line names: a client, or a file of one. */
export function readNamed(word: string, surroundings: Surroundings): readonly ReadFile[] {
  const client = clientNamed(word)
  if (client !== null) return readClients([client], surroundings)
  const path = resolve(surroundings.cwd, word)
  if (!existsSync(path))
    throw usageFailure(`"${word}" is neither a client nor a file`, `clients: ${clientIds}`)
  const text = readConfigText(path)
  const owner = clientOfFile(path, text)
  if (owner === null)
    throw usageFailure(`${path} is no configuration that is known here`, `clients: ${clientIds}`)
  const known = owner.files(surroundings).find((file) => file.path === path)
  const scope = isWithin(path, surroundings.cwd) ? 'project' : 'user'
  return [readClientFile(owner, known ?? { path, scope }, surroundings)]
}

/** Reads one file. A CommandFailure names the file, the line and the column. */
export function readClientFile(client: ClientConfig, file: ConfigFile, surroundings: Surroundings): ReadFile {
  const text = readConfigText(file.path)
  const document = text.trim() === '' ? null : client.format.read(text)
  if (document === null) return { client, file, text, lists: [], servers: [] }
  if (!document.ok) {
    const { line, column, message } = document.error
    throw usageFailure(`${file.path}:${line}:${column}: ${message}`, 'nothing was changed')
  }
  const lists = client.lists(document.value, file, surroundings)
  const off = client.switchedOff(document.value, file)
  const servers = lists.flatMap((list) =>
    Object.entries(list.servers).map(([name, value]) => {
      const entry = entryOf(client, file, list, name, isJsonObject(value) ? value : null)
      const idle = idleReason(entry, list, off.has(name))
      const filters = isJsonObject(value)
        ? filterMembers.filter((member) => Object.hasOwn(value, member))
        : []
      return { client, file, list, name, entry, idle, filters }
    }),
  )
  return { client, file, text, lists, servers }
}

function entryOf(
  client: ClientConfig,
  file: ConfigFile,
  list: ServerList,
  name: string,
  value: JsonObject | null,
): ServerEntry {
  const read = value === null ? null : client.readEntry(value)
  if (read?.ok === true) return read.value
  const why = read === null ? 'it is not an object' : read.error
  throw usageFailure(`${file.path}: ${[...list.path, name].join('.')}: ${why}`, 'nothing was changed')
}

function idleReason(entry: ServerEntry, list: ServerList, isOff: boolean): string | null {
  if (list.elsewhere !== null) return list.elsewhere
  const isDisabled = entry.kind !== 'unusable' && entry.disabled
  return isOff || isDisabled ? 'it is switched off' : null
}
