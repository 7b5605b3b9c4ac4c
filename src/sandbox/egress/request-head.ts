/**
 * Strictness about a request's head, on top of a strict parser, and what of it is passed on. Every request leaves on
 * a connection of its own with framing that is written here anew, so no reading of it by anybody can make two
 * requests out of one; what could mean two things is refused all the same.
 */
import type { IncomingMessage } from 'node:http'
import type { EgressLimits } from './egress-limits.ts'
import type { Header } from './gate.ts'

/** Why a request is not carried: a status, and the reason in words. */
export interface HeadProblem {
  readonly status: number
  readonly reason: string
}

/** The headers as they were written, in their order. */
export function headersOf(message: Pick<IncomingMessage, 'rawHeaders'>): readonly Header[] {
  const { rawHeaders } = message
  const count = rawHeaders.length / 2
  return Array.from({ length: count }, (_, at) => [rawHeaders[at * 2] ?? '', rawHeaders[at * 2 + 1] ?? ''])
}

/** All values of the headers called `name`, which is in lower case. */
export function valuesOf(headers: readonly Header[], name: string): readonly string[] {
  return headers.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value)
}

/** Headers of which two could be read as one or the other. */
const single: readonly string[] = [
  'host',
  'content-length',
  'transfer-encoding',
  'content-type',
  'expect',
  'upgrade',
]

/** Headers that frame or route a message; whoever lists one under Connection wants it to be lost on the way. */
const notForOneHop: readonly string[] = ['host', 'content-length', 'content-type', 'authorization', 'cookie']

/** What is wrong with the head of a request; null when nothing is. `isConnect` for CONNECT, which has no body. */
export function problemOfHead(
  message: Pick<IncomingMessage, 'httpVersion' | 'method' | 'rawHeaders'>,
  limits: Pick<EgressLimits, 'headers'>,
  isConnect: boolean,
): HeadProblem | null {
  const headers = headersOf(message)
  if (headers.length > limits.headers) return { status: 431, reason: `more than ${limits.headers} headers` }
  if (message.httpVersion !== '1.1' && message.httpVersion !== '1.0')
    return { status: 505, reason: 'the proxy speaks HTTP/1.1' }
  const twice = single.find((name) => valuesOf(headers, name).length > 1)
  if (twice !== undefined) return bad(`the header ${twice} is there twice`)
  if (
    headers.some(
      ([name, value]) => !/^[\w!#$%&'*+.^`|~-]+$/.test(name) || /[^\t -~\u0080-\u00ff]/.test(value),
    )
  )
    return bad('a header is not well-formed')
  if (message.method === 'TRACE') return { status: 405, reason: 'TRACE is not carried' }
  if (listedUnderConnection(headers).some((name) => notForOneHop.includes(name)))
    return bad('Connection lists a header that is not for one hop')
  return problemOfFraming(message, headers, isConnect) ?? problemOfUpgrade(headers)
}

function problemOfFraming(
  message: Pick<IncomingMessage, 'httpVersion'>,
  headers: readonly Header[],
  isConnect: boolean,
): HeadProblem | null {
  const [coding] = valuesOf(headers, 'transfer-encoding')
  const [length] = valuesOf(headers, 'content-length')
  if (isConnect && (coding !== undefined || (length !== undefined && length !== '0')))
    return bad('CONNECT has no body')
  if (coding !== undefined && coding.toLowerCase() !== 'chunked')
    return { status: 501, reason: 'the only transfer coding is chunked' }
  if (coding !== undefined && (length !== undefined || message.httpVersion === '1.0'))
    return bad('the length of the body is ambiguous')
  if (length !== undefined && !/^(?:0|[1-9]\d{0,15})$/.test(length)) return bad('the length is not a number')
  const [expect] = valuesOf(headers, 'expect')
  if (expect !== undefined && expect.toLowerCase() !== '100-continue')
    return { status: 417, reason: 'the only expectation is 100-continue' }
  return null
}

/** WebSockets pass through a tunnel. Other offers to switch are dropped, as a server may that declines them. */
function problemOfUpgrade(headers: readonly Header[]): HeadProblem | null {
  const [offer] = valuesOf(headers, 'upgrade')
  if (offer === undefined || !/websocket/i.test(offer)) return null
  return { status: 501, reason: 'WebSockets are carried in a tunnel (CONNECT) and not in a request' }
}

function bad(reason: string): HeadProblem {
  return { status: 400, reason }
}

/** Headers that concern one connection, or a proxy, or that we write ourselves. */
const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-authentication-info',
  'proxy',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'expect',
  'content-length',
])

/** What goes on: all but what concerns this hop, what Connection names, and framing. */
export function endToEnd(headers: readonly Header[]): readonly Header[] {
  const listed = new Set(listedUnderConnection(headers))
  return headers.filter(([name]) => {
    const lower = name.toLowerCase()
    return !hopByHop.has(lower) && !listed.has(lower)
  })
}

function listedUnderConnection(headers: readonly Header[]): readonly string[] {
  return valuesOf(headers, 'connection')
    .flatMap((value) => value.split(','))
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'close' && name !== 'keep-alive')
}
