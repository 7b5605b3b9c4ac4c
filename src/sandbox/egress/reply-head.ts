/**
 * The head of a reply, as the program gets it: without what concerns the other hop, without the server's own words
 * for the status, and struck of what must not come in.
 */
import type { IncomingMessage } from 'node:http'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { EgressLimits } from './egress-limits.ts'
import type { Header } from './gate.ts'
import { endToEnd, headersOf, valuesOf } from './request-head.ts'
import type { Striker } from './strip/striker.ts'

/** Status and headers to pass on. */
export interface ReplyHead {
  readonly status: number
  readonly headers: readonly Header[]
}

/** Reads the head of `reply`; the error says why it cannot be carried. */
export function replyHead(
  reply: Pick<IncomingMessage, 'rawHeaders' | 'statusCode'>,
  limits: Pick<EgressLimits, 'headers'>,
  strikes: Striker | null,
): Result<ReplyHead, string> {
  const headers = headersOf(reply)
  const status = reply.statusCode ?? 0
  if (headers.length > limits.headers) return err(`the reply has more than ${limits.headers} headers`)
  if (status < 200 || status > 599) return err(`the reply has the status ${status}`)
  if (valuesOf(headers, 'transfer-encoding').some((coding) => coding.toLowerCase() !== 'chunked'))
    return err('the reply has a transfer coding other than chunked')
  if (strikes !== null && !isPlain(status, headers))
    return err('the reply is encoded or partial, and what must not come in could be hidden in it')
  const struck = (text: string): string => (strikes === null ? text : strikes.text(text))
  const passed = [...endToEnd(headers), ...lengthOf(headers)]
  return ok({ status, headers: passed.map(([name, value]) => [struck(name), struck(value)]) })
}

/** The length goes on: striking keeps it. A reply without one is passed on in chunks. */
function lengthOf(headers: readonly Header[]): readonly Header[] {
  const lengths = valuesOf(headers, 'content-length')
  const isChunked = valuesOf(headers, 'transfer-encoding').length > 0
  const [length] = lengths
  return isChunked || lengths.length !== 1 || length === undefined ? [] : [['Content-Length', length]]
}

function isPlain(status: number, headers: readonly Header[]): boolean {
  const codings = valuesOf(headers, 'content-encoding')
  return status !== 206 && codings.every((coding) => coding.trim().toLowerCase() === 'identity')
}
