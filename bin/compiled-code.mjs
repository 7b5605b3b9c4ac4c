/**
 * Commands keep what Node.js made of their sources where the supervisor's programs keep it too: in the home, which no
 * program inside a boundary sees. A command is there in a third of the time then. What lies there is run, so a home that
 * belongs to somebody else, or that others may write to, is not used, and a home is never made for it.
 *
 * Plain JavaScript, because what takes the types out of TypeScript is the first thing that is spared.
 */
import { lstatSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** Keeps what is loaded from now on, where that can be done; true when it is. Never throws. */
export function keepCompiledCode(env) {
  // Not every Node that can read this file has it.
  const { enableCompileCache, constants } = nodeModule
  const chosen = env.CUSTOS_HOME ?? ''
  const home = chosen === '' ? join(homedir(), '.custos') : resolve(chosen)
  if (enableCompileCache === undefined || !isOurs(home)) return false
  return enableCompileCache(join(home, 'cache', 'code')).status === constants.compileCacheStatus.ENABLED
}

function isOurs(home) {
  try {
    const { uid, mode } = lstatSync(home)
    return uid === process.getuid?.() && (mode & 0o077) === 0
  } catch {
    return false
  }
}
