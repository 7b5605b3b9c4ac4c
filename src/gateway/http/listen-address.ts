/**
 * Where the gateway listens. Loopback unless somebody says otherwise on purpose, and then only together with the
 * address under which it is reached, because tokens must not cross a network in the clear and because requests
 * for any other name are refused.
 */
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'

/** Where to listen, and under which address clients reach it. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
  /** An https address without a path; null on loopback. */
  readonly publicUrl: string | null
}

const loopback = '127.0.0.1'
const defaultPort = 7_411
const loopbackHosts: ReadonlySet<string> = new Set([loopback, '::1', 'localhost'])

/** Reads `CUSTOS_LISTEN`, `CUSTOS_PUBLIC_URL` and `CUSTOS_PORT`. The error is a sentence. */
export function listenAddress(env: NodeJS.ProcessEnv): Result<ListenAddress, string> {
  const publicUrl = readPublicUrl(env['CUSTOS_PUBLIC_URL'])
  if (!publicUrl.ok) return publicUrl
  const listen = env['CUSTOS_LISTEN']
  if (listen === undefined || listen === '')
    return ok({ host: loopback, port: portOf(env['CUSTOS_PORT']) ?? defaultPort, publicUrl: publicUrl.value })
  const colon = listen.lastIndexOf(':')
  const host = listen.slice(0, colon).replaceAll(/^\[|\]$/gu, '')
  const port = portOf(listen.slice(colon + 1))
  if (colon < 1 || host === '' || port === null) return err('CUSTOS_LISTEN must be ADDRESS:PORT')
  if (!loopbackHosts.has(host) && publicUrl.value === null)
    return err('CUSTOS_LISTEN beyond this machine needs CUSTOS_PUBLIC_URL, the https address of clients')
  return ok({ host, port, publicUrl: publicUrl.value })
}

function readPublicUrl(text: string | undefined): Result<string | null, string> {
  if (text === undefined || text === '') return ok(null)
  const url = URL.canParse(text) ? new URL(text) : null
  const isPlain = url !== null && url.pathname === '/' && url.search === '' && url.hash === ''
  if (!isPlain || url.protocol !== 'https:' || url.username !== '' || url.password !== '')
    return err('CUSTOS_PUBLIC_URL must be an https address without a path')
  return ok(url.origin)
}

function portOf(text: string | undefined): number | null {
  if (text === undefined || !/^\d{1,5}$/u.test(text)) return null
  const port = Number(text)
  return port < 65_536 ? port : null
}
