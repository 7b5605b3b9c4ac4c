/** Where applications keep their files on each system, and the list of servers that most files hold one of. */
import { dirname, join } from 'node:path'
import type { JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { ConfigFile, ServerList, Surroundings } from './client-config.ts'
import { valueAt } from './client-config.ts'

/** The folder under which applications with windows keep a folder each. */
export function applicationFolder({ platform, home, env }: Surroundings): string {
  if (platform === 'darwin') return join(home, 'Library', 'Application Support')
  if (platform === 'win32') return env['APPDATA'] ?? join(home, 'AppData', 'Roaming')
  return configFolder({ home, env })
}

/** `XDG_CONFIG_HOME`, or `~/.config`. */
export function configFolder({ home, env }: Pick<Surroundings, 'home' | 'env'>): string {
  const chosen = env['XDG_CONFIG_HOME'] ?? ''
  return chosen.startsWith('/') ? chosen : join(home, '.config')
}

/**
 * The one list at `path`, if there is one. Servers of a project run in its folder, which is as many levels
 * above the file as `levels` says; those of a user run in the home folder.
 */
export function singleList(
  document: JsonObject,
  path: readonly string[],
  file: ConfigFile,
  home: string,
  levels = 0,
): readonly ServerList[] {
  const servers = valueAt(document, path)
  if (!isJsonObject(servers)) return []
  let folder = file.scope === 'project' ? dirname(file.path) : home
  if (file.scope === 'project') for (let level = 0; level < levels; level += 1) folder = dirname(folder)
  return [{ path, scope: file.scope, folder, servers, elsewhere: null }]
}
