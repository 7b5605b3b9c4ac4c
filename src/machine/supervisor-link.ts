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
import type { BoundaryReport } from '../kernel/boundary-report.ts'
import type { SupervisorNotice } from './supervisor-notice.ts'

const maxRungs = 8
const maxDetail = 300

/** The halt that the supervisor found, as its file tells. */
export interface HaltRequest {
  readonly requestedAt: Instant
  readonly requestedBy: string
  readonly reason: string
  readonly trees?: number
  readonly survivors?: number
}

/** What the link tells the process. */
export interface SupervisorLinkHandler {
  /** The supervisor's first words: a halt in force, and what programs are held with. Answer with `ready` once the kernel serves. */
  onHello(halt: HaltRequest | null, boundary: BoundaryReport | null): void
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
        onHello: (header) => handler.onHello(readHalt(header['halt']), readBoundary(header['boundary'])),
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
  const { requestedAt, requestedBy, reason, trees, survivors } = halt as {
    readonly [name: string]: Json | undefined
  }
  return {
    requestedAt: id<Instant>(
      typeof requestedAt === 'number' && Number.isSafeInteger(requestedAt) ? requestedAt : 0,
    ),
    requestedBy: typeof requestedBy === 'string' ? requestedBy.slice(0, 256) : 'unknown',
    reason: typeof reason === 'string' ? reason.slice(0, 1024) : 'unknown',
    ...(isCount(trees) ? { trees } : {}),
    ...(isCount(survivors) ? { survivors } : {}),
  }
}

function isCount(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

/** What the probe found, bounded; null when nothing was told. */
function readBoundary(value: Json | undefined): BoundaryReport | null {
  const { rung, ladder } = (isJsonObject(value ?? null) ? value : {}) as { rung?: Json; ladder?: Json }
  if (typeof rung !== 'string' || !Array.isArray(ladder)) return null
  const steps = ladder.slice(0, maxRungs).flatMap((step: Json) => {
    if (!isJsonObject(step)) return []
    const { rung: name, available, detail } = step
    if (typeof name !== 'string' || typeof detail !== 'string') return []
    return [{ rung: cut(name), available: available === true, detail: cut(detail) }]
  })
  return { rung: cut(rung), ladder: steps }
}

function cut(text: string): string {
  return text.slice(0, maxDetail).toWellFormed()
}
