/**
 * Where operators' keys are: `CUSTOS_KEYS`, or `~/.config/custos/operators`. It must lie outside the home folder,
 * because everything in the home is within reach of what Custos governs.
 */
import { existsSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { usageFailure } from './exit.ts'

/** The key folder, checked to lie outside `home`. It need not exist. */
export function keyFolder(home: string, env: NodeJS.ProcessEnv): string {
  const chosen = env['CUSTOS_KEYS'] ?? ''
  const folder = chosen === '' ? join(homedir(), '.config', 'custos', 'operators') : resolve(chosen)
  if (isInside(realPath(folder), realPath(home))) {
    throw usageFailure(
      `the key folder ${folder} lies inside the home folder ${home}`,
      'operator keys must live outside it, so that nothing governed can reach them: set CUSTOS_KEYS to another folder',
    )
  }
  return folder
}

/** The real path of something that may not exist yet: links are resolved as far as the path exists. */
function realPath(path: string): string {
  if (existsSync(path)) return realpathSync(path)
  const parent = dirname(path)
  return parent === path ? path : join(realPath(parent), basename(path))
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}
