/**
 * A connection to where a call may go. Only addresses that were judged are tried, one after another, and what comes
 * back is connected to one of them; a name plays no part any more but in the certificate.
 */
import type { Duplex } from 'node:stream'
import { connect as connectTls, getCACertificates } from 'node:tls'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { Address } from './address.ts'
import { addressesToConnect, type Unreachable, type Wanted } from './destination.ts'
import type { EgressLimits } from './egress-limits.ts'
import type { Lookup } from './few-lookups.ts'
import type { Judge } from './judge.ts'
import { type Network, untilAborted } from './network.ts'

/** The world outside, for one program. */
export interface Outside {
  readonly judge: Judge
  readonly network: Network
  readonly lookup: Lookup
  readonly limits: EgressLimits
}

/** An open connection. */
export interface Upstream {
  readonly stream: Duplex
  readonly address: string
}

const mostTries = 4

/**
 * Connects to `wanted`, as the gate allowed it. The signal ends the attempt and, later, destroys the connection;
 * rejects when it has aborted before.
 */
export async function reach(
  wanted: Wanted,
  outside: Outside,
  signal: AbortSignal,
): Promise<Result<Upstream, Unreachable>> {
  const { limits, network } = outside
  signal.throwIfAborted()
  const found = await addressesToConnect(wanted, outside, within(signal, limits.resolveMs))
  if (!found.ok) return found
  let last = ''
  for (const address of found.value.slice(0, mostTries)) {
    if (signal.aborted) break
    last = address.text
    const stream = await attempt(network, address, wanted.where.port, within(signal, limits.connectMs))
    if (stream === null) continue
    destroyWith(stream, signal)
    return ok({ stream, address: address.text })
  }
  return err({ reason: `${wanted.where.host} does not answer`, address: last, isForbidden: false })
}

/** TLS over `stream`, with a certificate for `host` from an authority that is trusted. Rejects otherwise. */
export async function secure(
  stream: Duplex,
  host: { readonly name: string; readonly isAddress: boolean },
  authorities: readonly string[],
  times: { readonly signal: AbortSignal; readonly connectMs: number },
): Promise<Duplex> {
  const trusted = authorities.length === 0 ? {} : { ca: [...getCACertificates('default'), ...authorities] }
  const identity = host.isAddress ? { host: host.name, servername: '' } : { servername: host.name }
  const tls = connectTls({ socket: stream, ALPNProtocols: ['http/1.1'], ...identity, ...trusted })
  destroyWith(tls, times.signal)
  const secured = new Promise<void>((done, failed) => {
    tls.once('secureConnect', done).once('error', failed)
    tls.once('close', () => failed(new Error('the server closed the connection')))
  })
  try {
    await untilAborted(secured, within(times.signal, times.connectMs))
    return tls
  } catch (error) {
    tls.destroy()
    throw error
  }
}

async function attempt(
  network: Network,
  address: Address,
  port: number,
  signal: AbortSignal,
): Promise<Duplex | null> {
  const connecting = network.connect(address, port, signal)
  // A connection that comes after the time is over is nobody's.
  connecting.then(
    (stream) => signal.aborted && stream.destroy(),
    () => undefined,
  )
  return untilAborted(connecting, signal).catch(() => null)
}

/** `signal`, or aborted after `ms`. */
export function within(signal: AbortSignal, ms: number): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(ms)])
}

/** An error of the stream never goes unheard, and the signal destroys it. */
function destroyWith(stream: Duplex, signal: AbortSignal): void {
  stream.on('error', () => undefined)
  const destroy = (): void => void stream.destroy()
  if (signal.aborted) destroy()
  signal.addEventListener('abort', destroy, { once: true })
  stream.once('close', () => signal.removeEventListener('abort', destroy))
}
