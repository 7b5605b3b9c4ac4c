/**
 * One HTTP exchange, done after the gate's yes: a connection of its own to an address that was judged, the request
 * written anew, the reply carried back under limits. Redirects are replies like any other: following one is the
 * program's to do and asks the gate again. Whatever goes wrong once something was sent leaves it in doubt.
 */
import { request as httpRequest } from 'node:http'
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http'
import { Readable, type Duplex } from 'node:stream'
import type { Address } from './address.ts'
import type { Wanted } from './destination.ts'
import { denial, deny } from './denial.ts'
import type { Dress, EgressOutcome, EgressRequest } from './gate.ts'
import { newTally, pump, type PumpLimits, type Tally } from './pump.ts'
import { replyHead } from './reply-head.ts'
import type { RequestBody } from './request-body.ts'
import { sentHeaders } from './sent-headers.ts'
import { striker } from './strip/striker.ts'
import type { TokenBucket } from './token-bucket.ts'
import { type Outside, reach, secure } from './upstream.ts'
import { type Watch, watch, whyBroken } from './watch.ts'

/** Everything one exchange needs. */
export interface Exchange {
  readonly request: EgressRequest
  readonly wanted: Wanted
  readonly body: RequestBody
  readonly response: ServerResponse
  readonly outside: Outside
  readonly bytes: TokenBucket
  /** Aborts when the program went away. */
  readonly gone: AbortSignal
}

/** What is known so far of how it went. */
interface Progress {
  address: string
  status: number
  /** From here on the request may have had its effect. */
  isSent: boolean
  readonly sent: Tally
  readonly received: Tally
}

/** Does the exchange and answers the program. Never rejects. */
export async function performExchange(
  exchange: Exchange,
  signal: AbortSignal,
  dress: Dress,
): Promise<EgressOutcome> {
  const { limits } = exchange.outside
  const watching = watch(limits, [
    [signal, 'the call was ended'],
    [exchange.gone, 'the program did not wait'],
  ])
  const progress: Progress = { address: '', status: 0, isSent: false, sent: newTally(), received: newTally() }
  try {
    const problem = await carry(exchange, dress, progress, watching)
    return outcome(progress, problem === null ? 'done' : 'failed', problem ?? '')
  } catch (error) {
    const reason = watching.why || whyBroken(error)
    return lost(exchange, progress, reason)
  } finally {
    watching.stop()
  }
}

/** Null when the whole reply was passed on, else why there is none; throws when it breaks on the way. */
async function carry(
  exchange: Exchange,
  dress: Dress,
  progress: Progress,
  watching: Watch,
): Promise<string | null> {
  const { request, wanted, outside, response } = exchange
  const reached = await reach(wanted, outside, watching.signal)
  if (!reached.ok) {
    const { reason, address, isForbidden } = reached.error
    progress.address = address
    const needed = isForbidden ? 'A grant that names this address beside this host.' : 'A host that answers.'
    deny(response, denial(isForbidden ? 403 : 502, isForbidden ? 'address' : 'upstream', reason, needed))
    return reason
  }
  progress.address = reached.value.address
  const stream =
    request.scheme === 'https'
      ? await secure(reached.value.stream, identity(wanted), dress.authorities, {
          signal: watching.signal,
          connectMs: outside.limits.connectMs,
        })
      : reached.value.stream
  try {
    const reply = await send(exchange, dress, progress, watching, stream)
    return await passOn(exchange, dress, progress, watching, reply)
  } finally {
    stream.destroy()
  }
}

function identity({ where }: Wanted): { readonly name: string; readonly isAddress: boolean } {
  const address: Address | null = where.address
  return { name: where.host, isAddress: address !== null }
}

/** Sends the request and waits for the head of the reply. */
async function send(
  exchange: Exchange,
  dress: Dress,
  progress: Progress,
  watching: Watch,
  stream: Duplex,
): Promise<IncomingMessage> {
  const { request, body, response, outside } = exchange
  const outgoing = httpRequest({
    createConnection: () => stream,
    method: request.method,
    path: dress.path(request.path),
    headers: sentHeaders(request, body, dress).flat(),
    setHost: false,
    maxHeaderSize: outside.limits.headBytes,
    insecureHTTPParser: false,
    signal: watching.signal,
  })
  outgoing.on('error', () => undefined)
  outgoing.maxHeadersCount = 0
  const reply = replyOf(outgoing)
  progress.isSent = true
  if (awaitsLeave(exchange)) response.writeContinue()
  const sending = sendBody(exchange, outgoing, progress, watching)
  // A server may answer before it has read everything; what is left of the body is then nobody's.
  sending.catch(() => outgoing.destroy())
  return reply
}

/** True when the program has not been told yet to send its body, because it was too long to be judged. */
function awaitsLeave({ request, body, outside }: Exchange): boolean {
  if (body.announced === null || body.announced <= outside.limits.judgedBodyBytes) return false
  return request.headers.some(([name]) => name.toLowerCase() === 'expect')
}

function replyOf(outgoing: ClientRequest): Promise<IncomingMessage> {
  return new Promise((done, failed) => {
    outgoing.once('response', done)
    outgoing.once('error', failed)
    outgoing.once('close', () => failed(new Error('the server closed the connection without a reply')))
  })
}

async function sendBody(
  { body, outside, bytes }: Exchange,
  outgoing: ClientRequest,
  progress: Progress,
  watching: Watch,
): Promise<void> {
  if (body.bytes.length === 0 && body.rest === null) return void outgoing.end()
  const limits = pumpLimits(outside.limits.requestBytes, bytes, watching)
  const source = body.rest === null ? Readable.from([body.bytes]) : joined(body.bytes, body.rest)
  await pump(source, outgoing, limits, progress.sent)
  outgoing.end()
}

function joined(first: Buffer, rest: Readable): Readable {
  return Readable.from(
    (async function* () {
      if (first.length > 0) yield first
      yield* rest as AsyncIterable<Buffer>
    })(),
    { objectMode: false },
  )
}

/** Passes the reply on, struck of what must not come in. */
async function passOn(
  exchange: Exchange,
  dress: Dress,
  progress: Progress,
  watching: Watch,
  reply: IncomingMessage,
): Promise<string | null> {
  const { response, outside, bytes } = exchange
  reply.on('error', () => undefined)
  const strikes = striker(dress.strip)
  const head = replyHead(reply, outside.limits, strikes)
  if (!head.ok) {
    reply.destroy()
    deny(response, denial(502, 'upstream', head.error, 'A server whose replies can be carried.'))
    return head.error
  }
  progress.status = head.value.status
  watching.touch()
  // The reply may come before all of the body was read; then nothing more can follow on this connection.
  const last = exchange.body.rest === null ? [] : [['Connection', 'close'] as const]
  response.writeHead(head.value.status, [...head.value.headers, ...last].flat())
  response.flushHeaders()
  const limits = pumpLimits(outside.limits.responseBytes, bytes, watching)
  const change = strikes === null ? undefined : (chunk: Buffer | null) => strikes.change(chunk)
  await pump(reply, response, limits, progress.received, change)
  response.end()
  return null
}

function pumpLimits(most: number, bucket: TokenBucket, watching: Watch): PumpLimits {
  return { bytes: most, bucket, onBytes: () => watching.touch(), signal: watching.signal }
}

/** It broke: the program hears so, or its connection is cut if a reply had begun. */
function lost({ response }: Exchange, progress: Progress, reason: string): EgressOutcome {
  const isLate = reason === 'it took too long' || reason === 'nothing moved for too long'
  if (response.headersSent) response.destroy()
  else if (progress.isSent) {
    const needed = 'Nobody knows whether it had its effect: find out before it is repeated.'
    deny(response, denial(isLate ? 504 : 502, 'in-doubt', reason, needed))
  } else
    deny(response, denial(isLate ? 504 : 502, 'upstream', reason, 'A server that answers. Nothing was sent.'))
  return outcome(progress, progress.isSent && progress.status === 0 ? 'in-doubt' : 'failed', reason)
}

function outcome(progress: Progress, how: EgressOutcome['outcome'], reason: string): EgressOutcome {
  const { status, address, sent, received } = progress
  const counted = { requestBytes: sent.bytes, responseBytes: received.bytes }
  const result = { status, ...counted, responseSha256: received.hash.digest('hex'), address }
  return { outcome: how, reason, result }
}
