/**
 * The kernel's end of its supervisor's pipe. The supervisor speaks first: whether a halt is in force. From
 * then on it asks whether the kernel is alive, and hears which drivers should run.
 */
import type { Instant } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import type { Json, JsonObject } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import type { Connection } from '../wire/connection.ts'
import { Peer } from '../wire/peer.ts'
import type { SupervisorNotice } from './supervisor-notice.ts'

/** The halt that the supervisor found, as its file tells. */
export interface HaltRequest {
  readonly requestedAt: Instant
  readonly requestedBy: string
  readonly reason: string
}

/** What the link tells the process. */
export interface SupervisorLinkHandler {
  /** The supervisor's first words. Answer with `ready` once the kernel serves. */
  onHello(halt: HaltRequest | null): void
  /** How far the ledger is, for an answer to a ping. */
  durable(): number
  /** The supervisor is gone: so is this process. */
  onClosed(reason: string): void
}

/** Speaks with the supervisor over descriptor 3. */
export class SupervisorLink {
  readonly #peer: Peer

  constructor(connection: Connection, handler: SupervisorLinkHandler) {
    this.#peer = new Peer({
      side: 'acceptor',
      transport: connection.transport,
      credit: 8,
      handler: {
        onHello: (header) => handler.onHello(readHalt(header['halt'])),
        onRequest: (correlation, header) => this.#answer(correlation, header, handler.durable()),
        onClosed: ({ reason }) => handler.onClosed(reason),
      },
    })
    connection.start(
      (bytes) => this.#peer.receive(bytes),
      (reason) => this.#peer.transportClosed(reason),
    )
  }

  /** The kernel serves. */
  ready(): void {
    this.#peer.welcome({})
  }

  /** Passes a notice on. Ignored before `ready`: the first announcement follows it. */
  tell(notice: SupervisorNotice): void {
    if (this.#peer.phase !== 'open') return
    if (notice.event !== 'units') return void this.#peer.notice(0, { ...notice })
    const body = Buffer.from(JSON.stringify({ drivers: notice.drivers }))
    this.#peer.notice(0, { event: 'units' }, body)
  }

  #answer(correlation: number, header: JsonObject, durable: number): void {
    if (header['op'] === 'ping') this.#peer.reply(correlation, { seq: durable })
    else
      this.#peer.refuse(correlation, {
        code: 'bad-request',
        message: 'no such operation',
        needed: 'ping',
        seq: null,
      })
  }
}

/** A halt that cannot be read is still a halt. */
function readHalt(value: Json | undefined): HaltRequest | null {
  if (value === null || value === undefined) return null
  const halt = isJsonObject(value) ? value : {}
  const { requestedAt, requestedBy, reason } = halt as { readonly [name: string]: Json | undefined }
  return {
    requestedAt: id<Instant>(
      typeof requestedAt === 'number' && Number.isSafeInteger(requestedAt) ? requestedAt : 0,
    ),
    requestedBy: typeof requestedBy === 'string' ? requestedBy.slice(0, 256) : 'unknown',
    reason: typeof reason === 'string' ? reason.slice(0, 1024) : 'unknown',
  }
}
