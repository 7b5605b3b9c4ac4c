/**
 * The operators' door. Anybody who can reach the socket may look; only a signature can order. The channel
 * carries orders to the kernel and has no authority of its own.
 */
import type { Json, JsonObject } from '../base/json.ts'
import { lessens } from '../kernel/canon/order-kinds.ts'
import type { Event } from '../kernel/event.ts'
import { refusal } from '../kernel/refusal.ts'
import { wireLimits } from '../wire/frame.ts'
import type { Peer } from '../wire/peer.ts'
import type { Core } from './core.ts'
import type { OrderPorts } from './order-command.ts'
import { orderCommand, readOrder } from './order-command.ts'
import { canView, readCanQuestion } from './view/can.ts'
import type { ViewPorts } from './view/operator-views.ts'
import { queryView } from './view/operator-views.ts'
import type { Privacy } from './privacy.ts'

/** What the operators' door stands on. */
export interface OperatorChannelPorts extends ViewPorts, OrderPorts {
  readonly core: Core
  readonly privacy: Privacy
}

/** Serves one operator connection. */
export class OperatorChannel {
  readonly #peer: Peer
  readonly #ports: OperatorChannelPorts

  constructor(peer: Peer, ports: OperatorChannelPorts) {
    this.#peer = peer
    this.#ports = ports
  }

  request(correlation: number, header: JsonObject, body: Uint8Array): void {
    switch (header['op']) {
      case 'order':
        return this.#order(correlation, header, body)
      case 'query':
        return header['what'] === 'can'
          ? this.#can(correlation, header, body)
          : this.#query(correlation, header)
      case 'read':
        return this.#read(correlation, header)
      default:
        return this.#refuse(correlation, 'There is no such operation.')
    }
  }

  #order(correlation: number, header: JsonObject, body: Uint8Array): void {
    const { core, exchange } = this.#ports
    const record = readOrder(body)
    if (!record.ok) return this.#refuse(correlation, record.error)
    const needed = lessens(record.value.command) ? core.room !== 'none' : core.room === 'ample'
    if (core.failed || !needed) return core.whenDurable(() => this.#peer.refuse(correlation, noRoom))
    const command = orderCommand(record.value, body, header, this.#ports)
    if (!command.ok) return this.#refuse(correlation, command.error)
    const decision = exchange.submit(command.value)
    core.whenDurable(() => {
      if (decision.refusal !== null) this.#peer.refuse(correlation, decision.refusal)
      else this.#peer.reply(correlation, made(decision.events))
    })
  }

  #query(correlation: number, header: JsonObject): void {
    const { what, after } = header as { readonly [name: string]: Json | undefined }
    const start = typeof after === 'number' && Number.isSafeInteger(after) && after >= 0 ? after : 0
    const page = typeof what === 'string' ? queryView(what, start, this.#ports) : null
    if (page === null) return this.#refuse(correlation, 'There is no such view.')
    if (what === 'approvals' && !this.#ports.privacy.show(page.body, header['reader']))
      return this.#ports.core.whenDurable(() => this.#peer.refuse(correlation, noRoom))
    const body = Buffer.from(JSON.stringify(page.body))
    this.#ports.core.whenDurable(() => {
      if (body.length <= wireLimits.maxBodyLength) this.#peer.reply(correlation, { next: page.next }, body)
      else this.#peer.refuse(correlation, tooLarge)
    })
  }

  /** Somebody is about to open payloads: they hear yes when that is durable. */
  #read(correlation: number, header: JsonObject): void {
    const recorded = this.#ports.privacy.record(header)
    this.#ports.core.whenDurable(() => {
      if (typeof recorded === 'number') this.#peer.reply(correlation, { seq: recorded })
      else this.#peer.refuse(correlation, recorded)
    })
  }

  /** What the gate would answer a process that asked for this now. */
  #can(correlation: number, header: JsonObject, body: Uint8Array): void {
    const { core, vault } = this.#ports
    const question = readCanQuestion(header, body)
    if (question === null || core.failed)
      return this.#refuse(correlation, 'The question names no process, object and selector.')
    const answer = Buffer.from(JSON.stringify(canView(core, vault, question)))
    core.whenDurable(() => {
      if (answer.length <= wireLimits.maxBodyLength) this.#peer.reply(correlation, { next: null }, answer)
      else this.#peer.refuse(correlation, tooLarge)
    })
  }

  #refuse(correlation: number, message: string): void {
    const why = refusal('bad-request', message, 'A request as docs/wire.md describes it.')
    this.#ports.core.whenDurable(() => this.#peer.refuse(correlation, why))
  }
}

const tooLarge = refusal('limit', 'One item of this view is too large to be sent.', 'Smaller terms.')

const noRoom = refusal(
  'ledger-unavailable',
  'The ledger has no room: nothing can be recorded.',
  'Room for the ledger.',
)

/** What an order made, for whoever gave it: its seq, and the ids of the first event, or first two if it confirms. */
function made(events: readonly Event[]): JsonObject {
  const [first] = events
  if (first === undefined) return { seq: 0 }
  const ids: { [name: string]: Json } = { seq: first.seq, event: first.kind }
  for (const event of events.slice(0, first.kind === 'order.confirmed' ? 2 : 1)) {
    const body = event.body as unknown as JsonObject
    for (const name of [
      'driver',
      'agent',
      'process',
      'capability',
      'handle',
      'call',
      'operator',
      'proposal',
      'subject',
      'next',
    ]) {
      const value = body[name]
      if (value !== undefined) ids[name] = value
    }
    // Which calls were cut stands in the event; there may be more of them than a header holds.
    if (Array.isArray(body['cut'])) ids['cut'] = body['cut'].length
  }
  return ids
}
