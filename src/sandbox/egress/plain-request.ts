/**
 * One request, from its head to its answer: what it asks for is read strictly, the gate is asked, and what was
 * allowed is done. Inside a connection that we opened the host is the one of its CONNECT.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { Authority } from './authority.ts'
import { type Denial, denial, denialOf, deny } from './denial.ts'
import { addressToAsk } from './destination.ts'
import { performExchange } from './exchange.ts'
import type { EgressRequest } from './gate.ts'
import type { Judge } from './judge.ts'
import { enter, type Proxy } from './proxy.ts'
import { headersOf, problemOfHead, valuesOf } from './request-head.ts'
import { judgedBody, readBody, type RequestBody } from './request-body.ts'
import { readAbsoluteTarget, readPath } from './request-target.ts'
import { within } from './upstream.ts'

interface Target {
  readonly scheme: 'http' | 'https'
  readonly where: Authority
  readonly path: string
}

/** Answers `request`. Resolves when it is over. */
export async function serveRequest(
  proxy: Proxy,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { limits, judge } = proxy.outside
  const problem = problemOfHead(request, limits, false)
  if (problem !== null) return deny(response, badRequest(problem.reason, problem.status))
  const target = readTarget(request, proxy.traffic.origins.get(request.socket) ?? null, judge)
  if (!target.ok) return deny(response, badRequest(target.error))
  const place = enter(proxy, request.socket)
  if (typeof place !== 'function') return deny(response, place)
  const gone = goneOf(proxy, request, response)
  try {
    const body = await bodyOf(proxy, request, response, gone)
    if (!body.ok) return deny(response, body.error)
    await ask(proxy, { target: target.value, request, response, body: body.value, gone })
  } finally {
    place()
  }
}

/** Aborts when nobody waits for the answer; also when it is whole, but then nobody listens any more. */
function goneOf({ traffic }: Proxy, request: IncomingMessage, response: ServerResponse): AbortSignal {
  const ended = new AbortController()
  response.once('close', () => ended.abort(new Error('the program went away')))
  // An answer that is still queued behind others does not hear of the end by itself.
  const socket = traffic.sockets.get(request.socket)
  return socket === undefined ? ended.signal : AbortSignal.any([ended.signal, socket.signal])
}

async function bodyOf(
  { outside: { limits } }: Proxy,
  request: IncomingMessage,
  response: ServerResponse,
  gone: AbortSignal,
): Promise<Result<RequestBody, Denial>> {
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > limits.requestBytes)
    return err(
      denial(413, 'limit', `The body is longer than ${limits.requestBytes} bytes.`, 'A shorter one.'),
    )
  // A body that is judged is needed now; a longer one is asked for when the gate has agreed.
  if (request.headers.expect !== undefined && announced <= limits.judgedBodyBytes) response.writeContinue()
  try {
    return ok(await readBody(request, limits.judgedBodyBytes, within(gone, limits.bodyMs)))
  } catch {
    return err(denial(408, 'limit', 'The body did not come in time.', 'To send all of it at once.'))
  }
}

interface Asked {
  readonly target: Target
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly body: RequestBody
  readonly gone: AbortSignal
}

async function ask(proxy: Proxy, asked: Asked): Promise<void> {
  const { gate, outside, traffic } = proxy
  const { target, request, response, body, gone } = asked
  const { where, scheme, path } = target
  const pins = await gate.pins(where.host).catch(() => null)
  if (pins === null) return deny(response, nobody)
  const address = addressToAsk(where, pins, outside.judge)
  const question: EgressRequest = {
    kind: 'request',
    scheme,
    host: where.host,
    port: where.port,
    method: request.method ?? '',
    path,
    ...judgedBody(body),
    headers: headersOf(request),
    address,
  }
  const wanted = { where, asked: address, pins }
  const exchange = { request: question, wanted, body, response, outside, bytes: traffic.bytes, gone }
  const answer = await gate.ask(question, (signal, dress) => performExchange(exchange, signal, dress), gone)
  if (answer.kind !== 'performed') deny(response, denialOf(answer))
}

/** The answer when the gate cannot be asked. */
export const nobody: Denial = denialOf({ kind: 'unavailable', reason: 'The gate does not answer.' })

function readTarget(
  request: IncomingMessage,
  origin: Authority | null,
  judge: Judge,
): Result<Target, string> {
  const text = request.url ?? ''
  if (origin !== null) {
    const path = readPath(text)
    if (!path.ok) return path
    const problem = problemOfHost(request, origin, 443, judge)
    return problem === null ? ok({ scheme: 'https', where: origin, path: path.value }) : err(problem)
  }
  const target = readAbsoluteTarget(text)
  if (!target.ok) return target
  const { scheme, path } = target.value
  const defaultPort = scheme === 'https' ? 443 : 80
  const where = judge.authority(target.value.authority, defaultPort)
  if (!where.ok) return where
  const problem = problemOfHost(request, where.value, defaultPort, judge)
  return problem === null ? ok({ scheme, where: where.value, path }) : err(problem)
}

/** The Host header and the target must say the same, whichever of them a server believes. */
export function problemOfHost(
  message: Pick<IncomingMessage, 'rawHeaders'>,
  where: Authority,
  defaultPort: number,
  judge: Judge,
): string | null {
  const [text] = valuesOf(headersOf(message), 'host')
  if (text === undefined) return null
  const named = judge.authority(text, defaultPort)
  if (!named.ok) return `in the header Host, ${named.error}`
  const isSame = named.value.host === where.host && named.value.port === where.port
  return isSame ? null : 'the header Host says another host than the address'
}

/** A request that means nothing, or more than one thing. */
export function badRequest(reason: string, status = 400): Denial {
  const message = `${reason.slice(0, 1).toUpperCase()}${reason.slice(1)}.`
  return denial(status, 'bad-request', message, 'A request that can be read in one way only.')
}
