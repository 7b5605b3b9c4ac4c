/**
 * An HTTP server as a driver's program: its URL, checked, and the private file that holds the token. The token
 * itself is read by the adapter alone and never recorded.
 */
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { HttpProgram, ReverseSelector } from '../kernel/manifest.ts'
import type { PreparedProgram } from './driver-program.ts'
import { usageFailure } from './exit.ts'

/** A server reached over HTTP, as asked for. */
export interface ServerRequest {
  readonly kind: 'server'
  readonly url: string
  /** A private file with the bearer token, or null for none. */
  readonly tokenFile: string | null
}

/** Makes the program. `credential` is used when no file was named. */
export function prepareServer(
  { url, tokenFile }: ServerRequest,
  client: readonly ReverseSelector[],
  credential: string,
): PreparedProgram {
  const address = parseUrl(url)
  const program: HttpProgram = {
    protocol: 'mcp-http',
    url: address.href,
    credential: tokenFile === null ? credential : tokenPath(tokenFile),
    ...(client.length === 0 ? {} : { client }),
  }
  const isOpen = address.protocol === 'http:' && !isLoopback(address.hostname)
  const remarks = [
    'the code behind a URL cannot be pinned: only what it offers is',
    ...(tokenFile === null ? ['there is no token for it; if it wants a login: custos driver login'] : []),
    ...(isOpen ? ['WARNING: http without TLS: whoever is on the way can read and change everything'] : []),
  ]
  return { program, remarks }
}

/** The absolute path of a private file with one line in it; anything else is refused. */
export function tokenPath(file: string): string {
  const path = resolve(file)
  const found = statSync(path, { throwIfNoEntry: false })
  if (found?.isFile() !== true) throw usageFailure(`there is no token file ${path}`)
  if ((found.mode & 0o077) !== 0) {
    throw usageFailure(
      `the token file ${path} is readable by others`,
      'chmod 600 it, and think about renewing the token',
    )
  }
  if (found.size === 0 || found.size > 65_536) throw usageFailure(`${path} cannot be a token file`)
  return path
}

function parseUrl(text: string): URL {
  const url = URL.parse(text)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw usageFailure(`${text} is not an http or https URL`)
  }
  if (url.username !== '' || url.password !== '') {
    throw usageFailure('a URL with a user or password in it would be recorded', 'use --token-file FILE')
  }
  if (url.hash !== '' || url.href.includes('@'))
    throw usageFailure(`${text} cannot be used: no "#" and no "@"`)
  return url
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/u.test(hostname)
}
