/**
 * The `fetch` for OAuth. During a login a server chooses the addresses that we fetch, so they are limited: TLS
 * only, nothing on this machine unless the server itself is here, no address with credentials in it, and a bound
 * on time and size.
 */
import { isLoopback } from './http-address.ts'

/** As the OAuth functions of the SDK call it. */
export type OAuthFetch = (url: string | URL, init?: RequestInit) => Promise<Response>

const patienceMs = 20_000
const maxBodyBytes = 1_048_576

/** A fetch for the OAuth of one MCP server. Rejects with an `Error` whose message may be shown. */
export function oauthFetch(server: URL): OAuthFetch {
  const mayStayHere = isLoopback(server)
  return async (address, init) => {
    const url = new URL(address)
    const why = whyUnfit(url, mayStayHere)
    if (why !== null) throw new Error(`${url.origin} is not asked: ${why}`)
    const signal = AbortSignal.timeout(patienceMs)
    const response = await reach(url, { redirect: 'manual', ...init, signal })
    const body = await bounded(response, url)
    const { status, statusText, headers } = response
    const isEmpty = status === 204 || status === 205 || status === 304
    return new Response(isEmpty ? null : new Uint8Array(body), {
      status,
      statusText,
      headers: plain(headers),
    })
  }
}

/** Why the OAuth of a server may not use `url`, or null. `mayStayHere`: the server itself is on this machine. */
export function whyUnfit(url: URL, mayStayHere: boolean): string | null {
  if (url.username !== '' || url.password !== '') return 'the address holds credentials'
  if (isHere(url)) return mayStayHere ? null : 'it is on this machine, and the server is not'
  return url.protocol === 'https:' ? null : 'it is not https'
}

/** True for every spelling of this machine's own addresses. What a name resolves to is not looked at. */
function isHere(url: URL): boolean {
  const name = url.hostname.replace(/\.$/u, '')
  if (isLoopback(url) || name === 'localhost' || name.endsWith('.localhost')) return true
  return name === '0.0.0.0' || name === '[::]' || /^\[::ffff:(?:7f|0:)/u.test(name)
}

async function reach(url: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no answer'
    throw new Error(`${url.origin} could not be reached: ${code}`, { cause: error })
  }
}

async function bounded(response: Response, url: URL): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > maxBodyBytes) throw new Error(`${url.origin} answers with more than ${maxBodyBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** The headers without those about a transfer that is over. */
function plain(headers: Headers): Headers {
  const kept = new Headers(headers)
  kept.delete('content-encoding')
  kept.delete('content-length')
  return kept
}
