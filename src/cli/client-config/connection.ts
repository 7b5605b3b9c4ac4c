/**
 * How a client is told to reach us: the very program that is running now, with absolute paths, because
 * clients start servers with a PATH and a working folder of their own.
 */
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mainDomain } from '../../wire/socket-folder.ts'
import type { HomePaths } from '../home.ts'
import type { Connection } from './client-config.ts'

/** What stands in the place of a token that is not known. */
export const tokenPlaceholder = 'TOKEN'

const program = fileURLToPath(new URL('../../../bin/custos.mjs', import.meta.url))

/** The token of the agent: itself, the file that holds it, or neither. */
export type TokenSource = { readonly token: string } | { readonly tokenFile: string } | null

/** The connection of `agent`. Without a token the entries name where it has to be put. */
export function connectionOf(agent: string, source: TokenSource, paths: HomePaths): Connection {
  const file = source !== null && 'tokenFile' in source ? resolve(source.tokenFile) : null
  const token = source !== null && 'token' in source ? source.token : null
  const isDefaultHome = paths.home === join(homedir(), '.custos')
  const args = [
    program,
    'mcp',
    '--agent',
    agent,
    ...(file === null ? [] : ['--token-file', file]),
    ...(paths.domainName === mainDomain ? [] : ['--domain', paths.domainName]),
    ...(isDefaultHome ? [] : ['--home', paths.home]),
  ]
  const env: { readonly [name: string]: string } =
    file === null ? { CUSTOS_TOKEN: token ?? tokenPlaceholder } : {}
  const url = gatewayUrl(paths)
  return {
    stdio: { command: process.execPath, args, env },
    http: url === null ? null : { url, token },
  }
}

/** Where MCP clients of this domain connect over HTTP, or null when the gateway does not serve. */
export function gatewayUrl({ run, domainName }: HomePaths): string | null {
  try {
    const { url } = JSON.parse(readFileSync(join(run, 'gateway.json'), 'utf8')) as { readonly url?: unknown }
    if (typeof url !== 'string') return null
    return domainName === mainDomain ? url : url.replace(/\/mcp$/u, `/domains/${domainName}/mcp`)
  } catch {
    return null
  }
}
