/**
 * The headers that leave. They are those of the program that go beyond this hop, with the host and the framing
 * written anew from what was judged, and what the call adds.
 */
import type { Dress, EgressRequest, Header } from './gate.ts'
import { endToEnd } from './request-head.ts'
import type { RequestBody } from './request-body.ts'

/** Methods of requests that have no body unless one was sent. */
const bodiless: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'DELETE'])

/** What must not be asked for when something is to be struck from the reply: it would hide the bytes or split them. */
const unreadable: ReadonlySet<string> = new Set(['accept-encoding', 'range', 'if-range'])

/** All headers of the request to be sent. */
export function sentHeaders(request: EgressRequest, body: RequestBody, dress: Dress): readonly Header[] {
  const isReadable = dress.strip.length > 0
  const passing = endToEnd(request.headers).filter(([name]) => {
    const lower = name.toLowerCase()
    return lower !== 'host' && !(isReadable && unreadable.has(lower))
  })
  const dressed = dress.headers(passing)
  const plainly: readonly Header[] = isReadable ? [['accept-encoding', 'identity']] : []
  return [
    ['Host', hostHeader(request)],
    ...dressed,
    ...plainly,
    ...framing(request, body),
    ['Connection', 'close'],
  ]
}

/** The host as it is written in a header: IPv6 in brackets, the port unless it is the scheme's own. */
export function hostHeader({ host, port, scheme }: Pick<EgressRequest, 'host' | 'port' | 'scheme'>): string {
  const name = host.includes(':') ? `[${host}]` : host
  return port === (scheme === 'https' ? 443 : 80) ? name : `${name}:${port}`
}

function framing(request: EgressRequest, body: RequestBody): readonly Header[] {
  if (body.rest !== null) {
    if (body.announced === null) return [['Transfer-Encoding', 'chunked']]
    return [['Content-Length', String(body.announced)]]
  }
  if (body.bytes.length === 0 && body.announced === null && bodiless.has(request.method)) return []
  return [['Content-Length', String(body.bytes.length)]]
}
