/**
 * One attachment of one agent: a connection that presented the agent's token, and so acts as its process. It
 * carries requests in and answers out; every answer has passed the output gate.
 */
import type { AgentId, Handle, ProcessId } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import type { Json, JsonObject } from '../base/json.ts'
import type { Refusal } from '../kernel/refusal.ts'
import { wireLimits } from '../wire/frame.ts'
import type { Peer } from '../wire/peer.ts'
import { endCommand, spawnCommand } from './child-request.ts'
import { deriveCommand, moveCommand } from './derive-request.ts'
import type { Core, Untimed } from './core.ts'
import type { CallRequest } from './call-request.ts'
import { readNotes } from './call-request.ts'
import type { Exchange } from './exchange.ts'
import { clientAnswer, endingHeader, settledHeader } from './agent-answer.ts'
import { badRequest, notHeld, tooLarge, tooMuchAtOnce, unlisted } from './agent-refusals.ts'
import type { DriverChannel } from './driver-channel.ts'
import { chainsFor, readablePage } from './resource-list.ts'
import { ledgerUnavailable } from './refused-calls.ts'
import { boundedList } from './view/bounded-list.ts'
import { heldCapabilities } from './view/held-capabilities.ts'
import { definitionsFor } from './view/definitions.ts'
import { timerCancelCommand, timerSetCommand, timersOf } from './timer-request.ts'
import type { Ending, Holding, Waiter } from './waiter.ts'

/** Whose attachment it is. */
export interface Attachment {
  /** 0 for a driver's own process. */
  readonly agent: AgentId | 0
  readonly process: ProcessId
  readonly name: string
}

/** What an attachment stands on. */
export interface AgentChannelPorts {
  readonly core: Core
  readonly exchange: Exchange
  readonly drivers: ReadonlyMap<number, DriverChannel>
}

/** Bytes an attachment may leave unread before it is told no more of what need not be told. */
const maxUnreadNotices = 1024 * 1024
/** Bytes of views that may wait to be told to one attachment. */
const maxWaitingBytes = 4 * 1024 * 1024

/** Serves one attachment's requests. */
export class AgentChannel {
  readonly attachment: Attachment
  readonly #peer: Peer
  readonly #ports: AgentChannelPorts
  readonly #waiters = new Map<number, Waiter>()
  #waitingBytes = 0

  constructor(peer: Peer, attachment: Attachment, ports: AgentChannelPorts) {
    this.#peer = peer
    this.attachment = attachment
    this.#ports = ports
  }

  request(correlation: number, header: JsonObject, body: Uint8Array): void {
    switch (header['op']) {
      case 'spawn':
        return this.#settle(correlation, spawnCommand(this.attachment.process, header), 'process/spawn')
      case 'end':
        return this.#settle(correlation, this.#endCommand(header), 'process/end')
      case 'timer.set':
        return this.#settle(correlation, timerSetCommand(this.attachment.process, header), 'timer/set')
      case 'timer.cancel':
        return this.#settle(correlation, timerCancelCommand(this.attachment.process, header), 'timer/cancel')
      case 'timers':
        return this.#tell(correlation, timersOf(this.#ports.core.state, this.attachment.process))
      case 'call':
        return this.#call(correlation, header, body)
      case 'capabilities':
        return this.#capabilities(correlation)
      case 'definitions':
        return this.#definitions(correlation, header['object'])
      case 'discover':
        return this.#discover(correlation, header)
      case 'derive':
        return this.#derive(correlation, header, body)
      case 'revoke':
        return this.#revoke(correlation, header['capability'])
      case 'move':
        return this.#settle(correlation, this.#moveCommand(header), 'capability/move')
      default:
        return this.#refuse(correlation, 'unknown', badRequest('There is no such operation.'))
    }
  }

  /** The agent withdrew a request: a call in flight is cancelled, a held one stays for an identical retry. */
  cancel(correlation: number): void {
    const waiter = this.#waiters.get(correlation)
    if (waiter === undefined) return
    const { core, exchange } = this.#ports
    if (exchange.parking.leave(waiter)) return waiter.refused(ledgerUnavailable)
    const call = exchange.flights.of(waiter)?.call
    // Its end is decided and only not durable yet: that end is the answer, and it is on its way.
    if (call === undefined) return
    exchange.abandon(waiter)
    this.#waiters.delete(correlation)
    // The cancellation just recorded, whatever else is durable by the time this is told.
    const { seq } = core.state
    core.whenDurable(() =>
      this.#peer.reply(correlation, { outcome: 'cancelled', call, seq, reason: 'withdrawn' }),
    )
  }

  /** A request that the kernel has not even looked at will not be: withdrawn, or more than may wait. */
  turnAway(correlation: number, why: Refusal): void {
    this.#answerRefusal(correlation, why)
  }

  /** The connection is gone. */
  closed(): void {
    for (const waiter of this.#waiters.values()) this.#ports.exchange.abandon(waiter)
    this.#waiters.clear()
  }

  /** Tells that what the process holds, or what it is held on, changed. */
  changed(header: JsonObject): void {
    this.#ports.core.whenDurable(() => {
      if (this.#peer.waitingBytes < maxUnreadNotices) this.#peer.notice(0, header)
    })
  }

  /** Ends the attachment, after everything already decided for it was told. */
  dismiss(reason: string, message: string): void {
    this.#ports.core.whenDurable(() => this.#peer.goodbye(reason, message))
  }

  #call(correlation: number, header: JsonObject, body: Uint8Array): void {
    const { selector, handle, object } = header as { readonly [name: string]: Json | undefined }
    const waiter = this.#waiterFor(correlation)
    const { process } = this.attachment
    const named = isId(handle)
      ? { handle: id<Handle>(handle) }
      : isId(object)
        ? { object: id<never>(object) }
        : null
    if (typeof selector !== 'string' || selector === '' || named === null) {
      return this.#ports.exchange.refuse(
        process,
        '',
        badRequest('A call names a selector, and a handle or an object.'),
        waiter,
      )
    }
    const notes = readNotes(header)
    const { deadlineMs } = header
    const due = isId(deadlineMs) ? { deadlineMs } : {}
    const request: CallRequest = { process, designation: named, selector, bytes: body, ...due }
    return this.#ports.exchange.call(notes === null ? request : { ...request, notes }, waiter)
  }

  #derive(correlation: number, header: JsonObject, body: Uint8Array): void {
    const { core, exchange } = this.#ports
    const command = deriveCommand(this.attachment.process, header, body)
    if (!command.ok) return this.#refuse(correlation, 'capability/derive', badRequest(command.error))
    if (core.room !== 'ample') return this.#answerRefusal(correlation, ledgerUnavailable)
    const { events, refusal: why } = exchange.submit(command.value)
    if (why !== null) return this.#answerRefusal(correlation, why)
    const made = events.find((event) => event.kind === 'capability.derived')
    if (made === undefined) return
    const { capability, handle } = made.body
    core.whenDurable(() => this.#peer.reply(correlation, { seq: made.seq, capability, handle }))
  }

  #endCommand(header: JsonObject): Untimed | null {
    return endCommand(this.attachment.process, header, this.#ports.exchange.flights.undispatched())
  }

  #moveCommand(header: JsonObject): Untimed | null {
    return moveCommand(this.attachment.process, header, this.#ports.exchange.flights.undispatched())
  }

  /** Decides a command about children or a move, which the request was if it could be read. */
  #settle(correlation: number, command: Untimed | null, selector: string): void {
    const { core, exchange } = this.#ports
    if (command === null)
      return this.#refuse(correlation, selector, badRequest('It does not say what about whom.'))
    if (core.room !== 'ample') return this.#answerRefusal(correlation, ledgerUnavailable)
    const { events, refusal: why } = exchange.submit(command)
    if (why !== null) return this.#answerRefusal(correlation, why)
    const [made] = events
    core.whenDurable(() => this.#peer.reply(correlation, { seq: made?.seq ?? 0, ...settledHeader(made) }))
  }

  #revoke(correlation: number, capability: Json | undefined): void {
    if (!isId(capability))
      return this.#refuse(correlation, 'capability/revoke', badRequest('A revocation names a capability.'))
    const { core, exchange } = this.#ports
    if (core.room !== 'ample') return this.#answerRefusal(correlation, ledgerUnavailable)
    const { events, refusal: why } = exchange.submit({
      kind: 'capability.revoke',
      process: this.attachment.process,
      capability: id(capability),
      undispatched: exchange.flights.undispatched(),
    })
    if (why !== null) return this.#answerRefusal(correlation, why)
    core.whenDurable(() => this.#peer.reply(correlation, { seq: events[0]?.seq ?? 0 }))
  }

  #definitions(correlation: number, object: Json | undefined): void {
    const channel = isId(object) ? this.#ports.drivers.get(object) : undefined
    const { core } = this.#ports
    this.#tell(correlation, definitionsFor(core.state, this.attachment.process, channel ?? null, core.now()))
  }

  /** A page of resources: only what the process may read, asked of the driver now. */
  #discover(
    correlation: number,
    { object, what, cursor }: { readonly [name: string]: Json | undefined },
  ): void {
    const { core, drivers } = this.#ports
    const channel = isId(object) ? drivers.get(object) : undefined
    const chains = (): ReturnType<typeof chainsFor> =>
      isId(object) ? chainsFor(core.state, this.attachment.process, object, 'resources/read', core.now()) : []
    if (what !== 'resources')
      return this.#answerRefusal(correlation, badRequest('Only resources are listed.'))
    if (chains().length === 0) return this.#answerRefusal(correlation, notHeld)
    const from = typeof cursor === 'string' ? { what, cursor } : { what }
    const asked = channel?.list(this.attachment.process, from, (answer) => {
      // The driver took its time: what may be read is asked again.
      const page = answer.kind === 'reply' ? readablePage(answer.body, chains()) : null
      if (answer.kind !== 'reply' || page === null) return this.#answerRefusal(correlation, unlisted)
      const { next } = answer.header
      const body = Buffer.from(JSON.stringify(page))
      // Written anew, numbers may have become longer.
      if (body.length > wireLimits.maxBodyLength) return this.#answerRefusal(correlation, unlisted)
      core.whenDurable(() =>
        this.#peer.reply(correlation, { next: typeof next === 'string' ? next : null }, body),
      )
    })
    if (asked === undefined || asked === null) this.#answerRefusal(correlation, unlisted)
  }

  #capabilities(correlation: number): void {
    const { state } = this.#ports.core
    const now = this.#ports.core.now()
    this.#tell(correlation, heldCapabilities(state, this.attachment.process, now))
  }

  /** Tells a list, unless it is too long. What would wait beyond the bound is not even looked up. */
  #tell(correlation: number, items: Iterable<Json>): void {
    const isBusy = this.#waitingBytes >= maxWaitingBytes
    const body = isBusy ? null : boundedList(items, wireLimits.maxBodyLength)
    // A list that is too long was as much work as the longest that is not.
    const bytes = isBusy ? 0 : (body?.length ?? wireLimits.maxBodyLength)
    this.#waitingBytes += bytes
    this.#ports.core.whenDurable(() => {
      this.#waitingBytes -= bytes
      if (body !== null) this.#peer.reply(correlation, {}, body)
      else this.#peer.refuse(correlation, isBusy ? tooMuchAtOnce : tooLarge)
    })
  }

  #refuse(correlation: number, selector: string, why: Refusal): void {
    this.#ports.exchange.refuse(this.attachment.process, selector, why, this.#waiterFor(correlation))
  }

  #answerRefusal(correlation: number, why: Refusal): void {
    this.#ports.exchange.countIfUnrecorded(this.attachment.process, why)
    this.#ports.core.whenDurable(() => this.#peer.refuse(correlation, why))
  }

  #waiterFor(correlation: number): Waiter {
    const waiter: Waiter = {
      held: ({ call, seq, expiresAt, demands }: Holding) => {
        this.#peer.notice(correlation, { event: 'held', call, seq, expiresAt, demands })
      },
      ended: (ending: Ending) => {
        if (!this.#waiters.delete(correlation)) return
        this.#peer.reply(correlation, endingHeader(ending), ending.result)
      },
      refused: (why: Refusal) => {
        if (this.#waiters.delete(correlation)) this.#peer.refuse(correlation, why)
      },
      told: (header, body) => {
        if (this.#peer.waitingBytes < maxUnreadNotices) this.#peer.notice(correlation, header, body)
      },
      ask: ({ call, selector, key, bytes, onAnswer }) => {
        const named = key === undefined ? {} : { key }
        const header = { op: 'ask', call, of: correlation, selector, ...named }
        const asked = this.#peer.request(header, bytes, (answer) => onAnswer(clientAnswer(answer)))
        return asked === null ? null : () => this.#peer.cancel(asked)
      },
    }
    this.#waiters.set(correlation, waiter)
    return waiter
  }
}

function isId(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
}
