/**
 * What one adapter asks the kernel: its program wants something of the client whose call it serves. Each
 * question is a call of the driver's own process and goes through the whole gate.
 */
import type { CallId, DriverId, ProcessId } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import type { Json, JsonObject } from '../base/json.ts'
import { isReverse } from '../kernel/manifest.ts'
import type { Refusal } from '../kernel/refusal.ts'
import { refusal } from '../kernel/refusal.ts'
import type { Peer } from '../wire/peer.ts'
import type { Exchange } from './exchange.ts'
import type { Ending, Waiter } from './waiter.ts'

const maxKeyLength = 128

/** Serves the questions of one adapter. */
export class DriverQuestions {
  readonly #peer: Peer
  readonly #driver: DriverId
  readonly #exchange: Exchange
  readonly #waiters = new Map<number, Waiter>()

  constructor(peer: Peer, driver: DriverId, exchange: Exchange) {
    this.#peer = peer
    this.#driver = driver
    this.#exchange = exchange
  }

  request(correlation: number, header: JsonObject, body: Uint8Array): void {
    const { op, selector, call, key } = header as { readonly [name: string]: Json | undefined }
    const waiter = this.#waiterFor(correlation)
    const process = id<ProcessId>(this.#driver)
    if (op !== 'ask' || typeof selector !== 'string' || !isReverse(selector)) {
      return this.#exchange.refuse(process, '', noQuestion, waiter)
    }
    const within = Number.isSafeInteger(call) ? { within: id<CallId>(call as number) } : {}
    // A call that has not left is not being served, whoever guessed its number.
    if (within.within !== undefined && this.#exchange.flights.get(within.within)?.stage !== 'dispatched')
      return this.#exchange.refuse(process, selector, notServed, waiter)
    const designation = { object: id<never>(this.#driver) }
    const isKey = typeof key === 'string' && key.length <= maxKeyLength
    const notes = isKey ? { notes: { answers: [], progress: false, log: null, trace: null, key } } : {}
    this.#exchange.call({ process, designation, selector, bytes: body, ...within, ...notes }, waiter)
  }

  /** The adapter withdrew a question; it still gets an answer. */
  cancel(correlation: number): void {
    const waiter = this.#waiters.get(correlation)
    if (waiter === undefined) return
    const isParked = this.#exchange.parking.leave(waiter)
    if (!isParked && this.#exchange.flights.of(waiter) === undefined) return
    if (!isParked) this.#exchange.abandon(waiter)
    waiter.refused(withdrawn)
  }

  /** A question that the kernel has not even looked at will not be: withdrawn, or more than may wait. */
  turnAway(correlation: number): void {
    this.#waiterFor(correlation).refused(withdrawn)
  }

  /** The connection is gone. */
  closed(): void {
    for (const waiter of this.#waiters.values()) this.#exchange.abandon(waiter)
    this.#waiters.clear()
  }

  #waiterFor(correlation: number): Waiter {
    const refuse = (why: Refusal): void => {
      if (this.#waiters.delete(correlation)) this.#peer.refuse(correlation, why)
    }
    const waiter: Waiter = {
      held: () => {},
      ended: ({ outcome, reason, result, seq }: Ending) => {
        if (outcome !== 'done') return refuse({ ...unanswered(reason), seq: id(seq) })
        if (this.#waiters.delete(correlation)) this.#peer.reply(correlation, { seq }, result)
      },
      refused: refuse,
    }
    this.#waiters.set(correlation, waiter)
    return waiter
  }
}

const noQuestion = refusal('bad-request', 'Drivers ask only what docs/wire.md lists.', 'A reverse selector.')
const notServed = refusal('not-found', 'This driver is not serving that call.', 'A call that it has.')
const withdrawn = refusal('not-found', 'The question was withdrawn.', 'Nothing.')

function unanswered(reason: string): Refusal {
  return refusal('not-found', `Nobody answered: ${reason}.`, 'A client that can answer, within the call.')
}
