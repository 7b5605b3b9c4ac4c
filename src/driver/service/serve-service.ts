/**
 * The wire side of a service: it presents the definitions, carries what is dispatched to the service, and ends
 * when the kernel, the supervisor or the service is gone. What it is dispatched was judged and recorded before.
 */
import type { WireRefusal } from '../../wire/answer.ts'
import type { IncomingRequest, Served } from '../../wire/client.ts'
import { connectWire } from '../../wire/client.ts'
import { wireLimits } from '../../wire/frame.ts'
import { encodeDefinitions } from '../definition.ts'
import type { Service, ServiceAnswer, ServiceCall } from './service.ts'

/** Where to serve, and as whom. */
export interface ServicePlace {
  readonly driverSocket: string
  readonly secret: string
  /** Aborts when the supervisor is gone. */
  readonly signal: AbortSignal
}

/** Dispatches that may be under way at once. */
const credit = 1024

/** Serves until it is over; resolves with why. The caller closes the service. */
export async function serveService(
  service: Service,
  { driverSocket, secret, signal }: ServicePlace,
): Promise<string> {
  const body = new TextEncoder().encode(encodeDefinitions(service.definitions))
  const onRequest = (request: IncomingRequest): Promise<Served> => carry(service, request)
  const connected = await connectWire(driverSocket, { secret }, { body, onRequest, credit })
  if (!connected.ok) return `the kernel cannot be reached: ${connected.error.message}`
  const kernel = connected.value
  const gone = new Promise<string>((resolve) => {
    if (signal.aborted) resolve('the supervisor is gone')
    signal.addEventListener('abort', () => resolve('the supervisor is gone'), { once: true })
  })
  const lost = kernel.closed.then(({ reason }) => `the kernel is gone: ${reason}`)
  const reason = await Promise.race([gone, lost, service.over])
  kernel.close()
  return reason
}

async function carry(service: Service, request: IncomingRequest): Promise<Served> {
  const call = readCall(request)
  if (call === null) return { kind: 'refusal', refusal: notDispatched }
  return served(await service.dispatch(call).catch(unexpected))
}

/** A defect in the service is not the end of it; nobody knows what was done when it came up. */
function unexpected(problem: unknown): ServiceAnswer {
  process.stderr.write(
    `service: ${problem instanceof Error ? (problem.stack ?? problem.message) : 'failed'}\n`,
  )
  return { outcome: 'in-doubt', reason: 'the service failed', result: {} }
}

function served({ outcome, reason, result }: ServiceAnswer): Served {
  const body = Buffer.from(JSON.stringify(result))
  if (body.length > wireLimits.maxBodyLength) {
    const header = { outcome: 'failed', reason: 'the result is too large' }
    return { kind: 'reply', header, body: Buffer.from('{}') }
  }
  const said = reason === undefined ? {} : { reason: reason.slice(0, 300).toWellFormed() }
  return { kind: 'reply', header: { outcome, ...said }, body }
}

const notDispatched: WireRefusal = {
  code: 'bad-request',
  message: 'A service takes calls and nothing else.',
  needed: 'A dispatch as docs/wire.md describes it.',
  seq: null,
}

function readCall({ header, body, signal }: IncomingRequest): ServiceCall | null {
  const { op, call, selector, badge, trace } = header
  if (op !== 'dispatch' || typeof call !== 'number' || typeof selector !== 'string') return null
  return {
    call,
    selector,
    arguments: body,
    badge: typeof badge === 'string' ? badge : null,
    trace: typeof trace === 'string' ? trace : null,
    signal,
  }
}
