/**
 * The way to the network for one program: the net service is asked to serve a socket that belongs to one process
 * alone, and asked again whenever it was restarted. Whatever arrives on that socket is put to the gate as that
 * process; this only keeps it open.
 */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import type { Answer } from '../wire/answer.ts'
import type { WireClient } from '../wire/client.ts'
import { connectWire } from '../wire/client.ts'

/** What is to be served, and for whom. */
export interface EgressRequest {
  /** The net service's control socket. */
  readonly control: string
  /** Absolute path, in a folder that holds nothing else: the folder is what a program is shown. Made when missing. */
  readonly socket: string
  /** The token of the process that asks for what arrives there. */
  readonly token: string
  /** Its programs were told beforehand whom to trust. */
  readonly standing?: true
  /** How long to wait for the service to answer at first. */
  readonly startMs: number
}

/** A socket that is served for as long as it is not closed. */
export interface EgressSocket {
  /** PEM text of the authority that programs inside must trust, or empty. */
  readonly authority: string
  close(): void
}

const pauseMs = 100

/** Has the socket served. The error is a sentence: the service does not answer in time, or refuses. */
export async function openEgressSocket(request: EgressRequest): Promise<Result<EgressSocket, string>> {
  mkdirSync(dirname(request.socket), { recursive: true, mode: 0o700 })
  const found = await reach(request)
  if (found === null) return err('the net service does not answer')
  let wire = found
  let isClosed = false
  const opened = await open(wire, request)
  if (!opened.ok) {
    wire.close()
    return opened
  }
  const isWanted = (): boolean => !isClosed
  const keep = async (): Promise<void> => {
    while (isWanted()) {
      await wire.closed
      if (!isWanted()) return
      await sleep(pauseMs)
      const next = isClosed ? null : await connect(request)
      if (next === null) continue
      wire = next
      // Closed while it was being reached, or refused because the process is not known yet: tried again.
      const again = isClosed ? null : await open(wire, request)
      if (again?.ok !== true) wire.close()
    }
  }
  void keep()
  return ok({
    authority: opened.value,
    close() {
      isClosed = true
      wire.close()
    },
  })
}

async function open(
  wire: WireClient,
  { token, socket, standing }: EgressRequest,
): Promise<Result<string, string>> {
  const kind = standing === undefined ? {} : { standing }
  return authorityIn(await wire.request({ op: 'open', token, socket, ...kind }))
}

function authorityIn(answer: Answer): Result<string, string> {
  if (answer.kind === 'refusal') return err(answer.refusal.message)
  if (answer.kind !== 'reply') return err(answer.reason)
  const { authority } = answer.header
  return ok(typeof authority === 'string' ? authority : '')
}

/** A connection to the service, which may be on its way up; null when it does not come. */
async function reach(request: Pick<EgressRequest, 'control' | 'startMs'>): Promise<WireClient | null> {
  const deadline = performance.now() + request.startMs
  for (;;) {
    const wire = await connect(request)
    if (wire !== null || performance.now() > deadline) return wire
    await sleep(pauseMs)
  }
}

async function connect({ control }: Pick<EgressRequest, 'control'>): Promise<WireClient | null> {
  const connected = await connectWire(control, { protocol: 1 })
  return connected.ok ? connected.value : null
}

/**
 * What programs are to trust that will show `token`, as PEM: asked before their process is known to the kernel.
 * Null when the service does not answer in time; such a program reaches what needs no opening.
 */
export async function authorityFor(
  request: Pick<EgressRequest, 'control' | 'token' | 'startMs'>,
): Promise<string | null> {
  const wire = await reach(request)
  if (wire === null) return null
  const told = authorityIn(await wire.request({ op: 'authority', token: request.token }))
  wire.close()
  return told.ok ? told.value : null
}
