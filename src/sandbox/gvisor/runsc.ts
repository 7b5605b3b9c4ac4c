/**
 * Where gVisor's program is, and whether it is one that works. What distributions shipped before 2024 has no
 * systrap and fails for ordinary programs, so an old one is as good as none.
 */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, isAbsolute, join } from 'node:path'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'

/** An executable of gVisor. */
export interface Runsc {
  readonly path: string
  readonly version: string
}

/** The first version that was tried and found good. */
export const oldestGood = 20_240_729

const mostVersionMs = 5_000

/** Finds it: `CUSTOS_RUNSC` alone when that is set, else the usual places. The error says what was found instead. */
export function findRunsc(env: NodeJS.ProcessEnv): Result<Runsc, string> {
  const problems: string[] = []
  for (const path of candidates(env)) {
    const version = versionOf(path)
    if (version === null) continue
    if (Number(/\d{8}/.exec(version)?.[0] ?? 0) >= oldestGood) return ok({ path, version })
    problems.push(`${path} is ${version}, which is too old`)
  }
  return err(problems.length === 0 ? 'runsc is not installed' : problems.join('; '))
}

function candidates(env: NodeJS.ProcessEnv): readonly string[] {
  const chosen = env['CUSTOS_RUNSC'] ?? ''
  const search = (env['PATH'] ?? '').split(delimiter).filter(isAbsolute)
  const folders = ['/usr/local/bin', '/usr/bin', join(homedir(), '.local/bin'), ...search]
  const paths = chosen === '' ? folders.map((folder) => join(folder, 'runsc')) : [chosen]
  return [...new Set(paths.flatMap(executable))]
}

function executable(path: string): readonly string[] {
  try {
    accessSync(path, constants.X_OK)
    return [realpathSync(path)]
  } catch {
    return []
  }
}

/** Its first line without the words, or null when it does not tell. */
function versionOf(path: string): string | null {
  const { status, stdout } = spawnSync(path, ['--version'], {
    encoding: 'utf8',
    timeout: mostVersionMs,
    env: {},
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  if (status !== 0) return null
  return /^runsc version (?:release-|VERSION_)?(?<version>\S+)/m.exec(stdout)?.groups?.['version'] ?? null
}
