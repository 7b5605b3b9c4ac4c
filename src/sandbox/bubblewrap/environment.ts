/**
 * The environment inside: what the boundary says, and what programs need to find the bridges of the boundary. There
 * are as many names for a proxy and for a list of authorities as there are libraries.
 */
import { existsSync, readFileSync } from 'node:fs'
import type { Boundary } from '../boundary.ts'
import { bridgePort } from '../bridge/start-program.ts'
import { ownFolder, temporaryFolder } from './layout.ts'

/** The egress proxy's authority alone, for programs that add it to those they know. */
export const authorityPath: string = `${ownFolder}/authority.pem`

/** That authority and the system's, for programs that take a list instead of their own. */
export const authoritiesPath: string = `${ownFolder}/authorities.pem`

/** Where the kernel's socket for agents is. */
export const agentSocketPath: string = `${ownFolder}/agent.sock`

const systemBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

/** All variables of the program. */
export function insideEnvironment(boundary: Boundary): { readonly [name: string]: string } {
  const { environment, sockets, authority } = boundary
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: `${temporaryFolder}/home`,
    TMPDIR: temporaryFolder,
    ...environment,
    ...(sockets.egress === undefined ? {} : proxyVariables()),
    ...(authority === undefined ? {} : authorityVariables()),
    ...(sockets.agent === undefined ? {} : { CUSTOS_SOCKET: agentSocketPath }),
  }
}

/** The system's authorities with `authority` after them. */
export function authorityBundle(authority: string): string {
  const bundle = systemBundles.find((path) => existsSync(path))
  return bundle === undefined ? authority : `${readFileSync(bundle, 'utf8').trimEnd()}\n${authority}`
}

function proxyVariables(): { readonly [name: string]: string } {
  const proxy = `http://127.0.0.1:${bridgePort}`
  const local = 'localhost,127.0.0.1,::1'
  return {
    http_proxy: proxy,
    https_proxy: proxy,
    HTTP_PROXY: proxy,
    HTTPS_PROXY: proxy,
    no_proxy: local,
    NO_PROXY: local,
    NODE_USE_ENV_PROXY: '1',
  }
}

function authorityVariables(): { readonly [name: string]: string } {
  return {
    NODE_EXTRA_CA_CERTS: authorityPath,
    SSL_CERT_FILE: authoritiesPath,
    CURL_CA_BUNDLE: authoritiesPath,
    REQUESTS_CA_BUNDLE: authoritiesPath,
    GIT_SSL_CAINFO: authoritiesPath,
  }
}
