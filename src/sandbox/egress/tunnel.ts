/**
 * One tunnel, done after the gate's yes: bytes both ways between the program and an address that was judged. The
 * only thing that is looked at is the name with which TLS begins; until it is the right one, not a byte of the
 * program's leaves.
 */
import type { Duplex } from 'node:stream'
import type { Wanted } from './destination.ts'
import { denial, denyConnect } from './denial.ts'
import type { EarlyBytes } from './early-bytes.ts'
import type { EgressOutcome } from './gate.ts'
import { newTally, pump, type Tally } from './pump.ts'
import { isTlsPort, problemOfHello } from './server-name.ts'
import type { TokenBucket } from './token-bucket.ts'
import { type Outside, reach, within } from './upstream.ts'
import { type Watch, watch, whyBroken } from './watch.ts'

/** Everything one tunnel needs. */
export interface Tunnel {
  readonly wanted: Wanted
  readonly client: Duplex
  readonly early: EarlyBytes
  readonly outside: Outside
  readonly bytes: TokenBucket
}

interface Progress {
  address: string
  isOpen: boolean
  readonly sent: Tally
  readonly received: Tally
}

/** What tells the program that its tunnel stands. */
export const established = 'HTTP/1.1 200 Connection established\r\n\r\n'

/** Carries the tunnel until either side ends it. Never rejects; the program's side is destroyed at the end. */
export async function performTunnel(tunnel: Tunnel, signal: AbortSignal): Promise<EgressOutcome> {
  const { client, early, outside } = tunnel
  const watching = watch(outside.limits, [[signal, 'the call was ended']])
  const cut = (): void => void client.destroy()
  watching.signal.addEventListener('abort', cut, { once: true })
  const progress: Progress = { address: '', isOpen: false, sent: newTally(), received: newTally() }
  try {
    const problem = early.gone.aborted ? 'the program did not wait' : await carry(tunnel, progress, watching)
    return outcome(progress, problem)
  } catch (error) {
    return outcome(progress, watching.why || whyBroken(error))
  } finally {
    watching.stop()
    watching.signal.removeEventListener('abort', cut)
    if (!client.writableEnded) client.destroy()
  }
}

async function carry(tunnel: Tunnel, progress: Progress, watching: Watch): Promise<string | null> {
  const { wanted, client, outside } = tunnel
  const reached = await reach(wanted, outside, watching.signal)
  if (!reached.ok) {
    const { reason, address, isForbidden } = reached.error
    progress.address = address
    const needed = isForbidden ? 'A grant that names this address beside this host.' : 'A host that answers.'
    denyConnect(client, denial(isForbidden ? 403 : 502, isForbidden ? 'address' : 'upstream', reason, needed))
    return reason
  }
  progress.address = reached.value.address
  const upstream = reached.value.stream
  try {
    client.write(established)
    progress.isOpen = true
    return await join(tunnel, upstream, progress, watching)
  } finally {
    upstream.destroy()
  }
}

/** Both directions. On a port for TLS the server is not heard before the program has begun rightly. */
async function join(
  tunnel: Tunnel,
  upstream: Duplex,
  progress: Progress,
  watching: Watch,
): Promise<string | null> {
  const { client, early, wanted, outside, bytes } = tunnel
  const limits = { bucket: bytes, onBytes: () => watching.touch(), signal: watching.signal }
  const down = async (): Promise<void> => {
    await pump(upstream, client, { ...limits, bytes: outside.limits.responseBytes }, progress.received)
    client.end()
  }
  const isTls = isTlsPort(wanted.where.port)
  const downward = isTls ? null : down()
  downward?.catch(() => client.destroy())
  const reading = await early.hello(isTls ? within(watching.signal, outside.limits.headMs) : watching.signal)
  const isPlain = !isTls && reading.kind === 'other' && !reading.isTls
  const isSilent = !isTls && reading.kind === 'partial'
  const problem = isPlain || isSilent ? null : problemOfHello(reading, identity(wanted))
  early.release()
  if (problem !== null) {
    client.destroy()
    return problem
  }
  const up = async (): Promise<void> => {
    if (!isSilent)
      await pump(client, upstream, { ...limits, bytes: outside.limits.requestBytes }, progress.sent)
    upstream.end()
  }
  const both = [downward ?? down(), up()]
  // Once one side has ended rightly, the other may have last words for nobody.
  await Promise.race(both)
  await Promise.allSettled(both)
  return watching.signal.aborted ? watching.why : null
}

function identity({ where }: Wanted): { readonly name: string; readonly isAddress: boolean } {
  return { name: where.host, isAddress: where.address !== null }
}

function outcome(progress: Progress, problem: string | null): EgressOutcome {
  const { address, isOpen, sent, received } = progress
  const counted = { requestBytes: sent.bytes, responseBytes: received.bytes }
  const result = {
    status: isOpen ? 200 : 0,
    ...counted,
    responseSha256: received.hash.digest('hex'),
    address,
  }
  return { outcome: problem === null ? 'done' : 'failed', reason: problem ?? '', result }
}
