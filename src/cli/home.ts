/**
 * Where everything lives under the home folder (`--home`, `CUSTOS_HOME`, or `~/.custos`). One place, so
 * that no command invents a path of its own.
 */
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { usageFailure } from './exit.ts'

/** The one domain of this step. */
export const mainDomain = 'main'

/** Paths of one home. None of them need exist. */
export interface HomePaths {
  readonly home: string
  readonly run: string
  readonly operatorSocket: string
  readonly supervisorSocket: string
  readonly agentSocket: string
  readonly supervisorFolder: string
  readonly supervisorLog: string
  readonly kernelLog: string
  readonly haltFile: string
  readonly domain: string
  readonly ledger: string
  readonly genesis: string
  readonly keys: string
  /** The key that payloads are sealed under. */
  readonly vaultKey: string
}

/** The longest path a unix socket may have on every system we run on. */
export const socketPathBytes = 103

/** The paths of the home folder named on the command line or in the environment. */
export function homePaths(flag: string | null, env: NodeJS.ProcessEnv): HomePaths {
  const chosen = flag ?? env['CUSTOS_HOME'] ?? ''
  const home = chosen === '' ? join(homedir(), '.custos') : resolve(chosen)
  const run = join(home, 'run')
  const domain = join(home, 'domains', mainDomain)
  return {
    home,
    run,
    operatorSocket: join(run, 'operator.sock'),
    supervisorSocket: join(run, 'supervisor.sock'),
    agentSocket: join(run, 'agent.sock'),
    supervisorFolder: join(home, 'supervisor'),
    supervisorLog: join(home, 'supervisor', 'supervisor.log'),
    kernelLog: join(home, 'supervisor', 'kernel.log'),
    haltFile: join(home, 'supervisor', 'halt'),
    domain,
    ledger: join(domain, 'ledger'),
    genesis: join(domain, 'genesis.json'),
    keys: join(home, 'keys'),
    vaultKey: join(home, 'keys', `${mainDomain}.vault`),
  }
}

/** Fails when sockets in this home could not be opened because their path is too long. */
export function checkSocketPath(paths: HomePaths): void {
  if (Buffer.byteLength(paths.supervisorSocket) <= socketPathBytes) return
  throw usageFailure(
    `the path ${paths.supervisorSocket} is too long for a unix socket`,
    `choose a home folder with a shorter path: --home DIR (at most ${socketPathBytes - 20} bytes)`,
  )
}
