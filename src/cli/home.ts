/**
 * Where everything lives under the home folder (`--home`, `CUSTOS_HOME`, or `~/.custos`). One place, so
 * that no command invents a path of its own. What belongs to a domain is a folder of that domain's; `main` keeps
 * some of it in the home itself, where a home with one domain always had it.
 */
import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { stateFolder } from '../driver/state-folder.ts'
import { isDomainName } from '../kernel/sovereign/shape.ts'
import { mainDomain, socketFolder, sovereignDomain } from '../wire/socket-folder.ts'
import { visible } from './escape.ts'
import { usageFailure } from './exit.ts'

/** Paths of one home, and of one domain in it. None of them need exist. */
export interface HomePaths {
  readonly home: string
  readonly run: string
  readonly supervisorSocket: string
  readonly supervisorFolder: string
  readonly supervisorLog: string
  readonly haltFile: string
  readonly keys: string
  /** The domain that is meant. */
  readonly domainName: string
  /** The folder of its sockets. */
  readonly sockets: string
  readonly operatorSocket: string
  readonly agentSocket: string
  readonly kernelLog: string
  /** The domain's folder, with its ledger in it. */
  readonly domain: string
  readonly ledger: string
  readonly genesis: string
  /** Where the domain's secrets and runs are: the home itself for `main`, else the domain's folder. */
  readonly state: string
  /** The key that payloads are sealed under. */
  readonly vaultKey: string
}

/** The longest path a unix socket may have on every system we run on. */
export const socketPathBytes = 103

/** The paths of the home folder named on the command line or in the environment, and of a domain in it. */
export function homePaths(
  flag: string | null,
  env: NodeJS.ProcessEnv,
  domain: string = mainDomain,
): HomePaths {
  const chosen = flag ?? env['CUSTOS_HOME'] ?? ''
  const home = chosen === '' ? join(homedir(), '.custos') : resolve(chosen)
  return pathsAt(home, domain)
}

/** The same home, and another domain of it. */
export function inDomain({ home }: HomePaths, domain: string): HomePaths {
  return pathsAt(home, domain)
}

function pathsAt(home: string, domainName: string): HomePaths {
  if (!isDomainName(domainName))
    throw usageFailure(
      `"${visible(domainName)}" cannot be a domain`,
      'use lower case, digits and "-", at most 32 of them',
    )
  const isMain = domainName === mainDomain
  const supervisorFolder = join(home, 'supervisor')
  const sockets = socketFolder(home, domainName)
  const domain = join(home, 'domains', domainName)
  return {
    home,
    run: join(home, 'run'),
    supervisorSocket: join(home, 'run', 'supervisor.sock'),
    supervisorFolder,
    supervisorLog: join(supervisorFolder, 'supervisor.log'),
    haltFile: join(supervisorFolder, 'halt'),
    keys: join(home, 'keys'),
    domainName,
    sockets,
    operatorSocket: join(sockets, 'operator.sock'),
    agentSocket: join(sockets, 'agent.sock'),
    kernelLog: join(supervisorFolder, isMain ? 'kernel.log' : `kernel-${domainName}.log`),
    domain,
    ledger: join(domain, 'ledger'),
    genesis: join(domain, 'genesis.json'),
    state: stateFolder(home, domainName),
    vaultKey: join(home, 'keys', `${domainName}.vault`),
  }
}

/** What the supervisor calls the kernel of a domain. */
export function kernelUnit({ domainName }: HomePaths): string {
  return domainName === mainDomain ? 'kernel' : `kernel-${domainName}`
}

/** True when the domain was made: it has a ledger, or the file that begins one. */
export function isMade({ ledger, genesis }: HomePaths): boolean {
  return existsSync(ledger) || existsSync(genesis)
}

/** Every domain that was ever made in this home, the one that is meant first, the others by name. */
export function madeDomains(paths: HomePaths): readonly HomePaths[] {
  const folder = join(paths.home, 'domains')
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => isDomainName(name)) : []
  const others = names.filter((name) => name !== paths.domainName).sort()
  return [paths, ...others.map((name) => inDomain(paths, name)).filter(isMade)]
}

/** The domain that governs this home: its sovereign, or `main` where that is alone. */
export function governing(paths: HomePaths): HomePaths {
  const sovereign = inDomain(paths, sovereignDomain)
  return isMade(sovereign) ? sovereign : inDomain(paths, mainDomain)
}

/** Fails when sockets in this home could not be opened because their path is too long. */
export function checkSocketPath(paths: HomePaths): void {
  const [longest = ''] = [paths.supervisorSocket, paths.operatorSocket].sort(
    (left, right) => Buffer.byteLength(right) - Buffer.byteLength(left),
  )
  if (Buffer.byteLength(longest) <= socketPathBytes) return
  throw usageFailure(
    `the path ${longest} is too long for a unix socket`,
    `choose a home folder with a shorter path: --home DIR (at most ${
      socketPathBytes - Buffer.byteLength(longest) + Buffer.byteLength(paths.home)
    } bytes)`,
  )
}
