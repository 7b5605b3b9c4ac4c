/**
 * The kernel's end of its supervisor's pipe. The supervisor speaks first: whether a halt is in force. From
 * then on it asks whether the kernel is alive, and hears which drivers should run.
 */
import type { Json, JsonObject } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import type { Connection } from '../wire/connection.ts'
import { Peer } from '../wire/peer.ts'
import type { BoundaryReport } from '../kernel/boundary-report.ts'
import type { HaltEffect, HaltRequest } from '../kernel/halt/event-bodies.ts'
import type { Refusal } from '../kernel/refusal.ts'
import { refusal } from '../kernel/refusal.ts'
import { readDrill, readHalt, readHelloBody, readScopeHalt } from './halt-message.ts'
import type { ToldHalt } from './scope-halts.ts'
import type { SupervisorNotice } from './supervisor-notice.ts'

const maxRungs = 8
const maxDetail = 300

/** A statement of the sovereign, as it was carried here. Nothing of it is verified yet. */
export interface Said {
  readonly body: Uint8Array
  readonly signature: Json | undefined
}

/** Says that something was taken, or why it was not. */
export type Heard = (why: Refusal | null) => void

/** What the supervisor says first. */
export interface FirstWords {
  /** A halt of the domain, or of everything. */
  readonly halt: (HaltRequest & HaltEffect) | null
  /** Halts of agents and processes. */
  readonly halts: readonly ToldHalt[]
  /** What programs are held with here. */
  readonly boundary: BoundaryReport | null
  /** To a member: its sovereign's newest statement. */
  readonly said: Said | null
}

/** What the link tells the process. */
export interface SupervisorLinkHandler {
  /** The supervisor's first words. Answer with `ready` once the kernel serves. */
  onHello(words: FirstWords): void
  /** A scope was halted, or what that did is known. Null when it is in force here. */
  onHalt(halt: ToldHalt, isReport: boolean): Refusal | null
  /** Halting was tried out. */
  onDrill(drill: NonNullable<ReturnType<typeof readDrill>>, heard: Heard): void
  /** The sovereign's newest word, or what one of its domains acts on. `heard` says what became of it. */
  onStatement(said: Said, heard: Heard): void
  onAcknowledged(header: JsonObject, heard: Heard): void
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
        onHello: (header, body) => handler.onHello(readFirstWords(header, body)),
        onRequest: (correlation, header, body) => this.#answer(correlation, header, body, handler),
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
    switch (notice.event) {
      case 'units':
        return this.#notice({ event: 'units' }, JSON.stringify({ drivers: notice.drivers }))
      case 'identities': {
        const { event, isWhole, ...who } = notice
        return this.#notice({ event, isWhole }, JSON.stringify(who))
      }
      case 'statement': {
        const { text, ...header } = notice
        return this.#notice(header, text)
      }
      default:
        this.#peer.notice(0, { ...notice } as unknown as JsonObject)
    }
  }

  #notice(header: JsonObject, body: string): void {
    this.#peer.notice(0, header, Buffer.from(body))
  }

  #answer(correlation: number, header: JsonObject, body: Uint8Array, handler: SupervisorLinkHandler): void {
    const heard: Heard = (why) => {
      if (why === null) this.#peer.reply(correlation, {})
      else this.#peer.refuse(correlation, why)
    }
    switch (header['op']) {
      case 'ping':
        return void this.#peer.reply(correlation, { seq: handler.durable() })
      case 'halt':
      case 'halt-report': {
        const halt = readScopeHalt(header)
        return heard(halt === null ? unreadable : handler.onHalt(halt, header['op'] === 'halt-report'))
      }
      case 'drill': {
        const drill = readDrill(header)
        return drill === null ? heard(unreadable) : handler.onDrill(drill, heard)
      }
      case 'statement':
        return handler.onStatement({ body, signature: header['signature'] }, heard)
      case 'acknowledged':
        return handler.onAcknowledged(header, heard)
      default:
        heard(refusal('bad-request', 'There is no such operation.', 'One that docs/wire.md names.'))
    }
  }
}

const unreadable = refusal('bad-request', 'This names no scope.', 'An agent or a process.')

function readFirstWords(header: JsonObject, bytes: Uint8Array): FirstWords {
  const { halts, statement } = readHelloBody(bytes)
  const said = header['statement']
  return {
    halt: readHalt(header['halt']),
    halts,
    boundary: readBoundary(header['boundary']),
    said: isJsonObject(said) && statement !== null ? { body: statement, signature: said['signature'] } : null,
  }
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
