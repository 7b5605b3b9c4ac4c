/**
 * Watches the connection of one adapter: which calls reach it and what it answers, what it asks of clients
 * and what it is told of that, and what it tells on the way.
 */
import type { SeenFrame } from './frames.ts'
import { seenKinds } from './frames.ts'
import { demandDispatchable } from './dispatch.ts'
import type { Oracle } from './oracle.ts'
import { positive, text } from './seen-values.ts'
import { demand } from './violation.ts'

/** One adapter's connection. */
export class DriverWatch {
  readonly #oracle: Oracle
  /** From the welcome. */
  #driver = 0
  #incarnation = 0
  /** Outcomes that the driver answered, by correlation: a hasty one may answer before it was asked. */
  readonly #answers = new Map<number, Set<string>>()
  /** Calls that it has, by correlation. */
  readonly #serves = new Map<number, number>()
  /** Commitments to its open questions, by correlation. */
  readonly #asked = new Map<number, string>()

  constructor(oracle: Oracle) {
    this.#oracle = oracle
  }

  /** The adapter wrote this. */
  wrote(frame: SeenFrame): void {
    const { kind, correlation, header, body } = frame
    switch (kind) {
      case seenKinds.reply:
      case seenKinds.refusal: {
        const isDone = kind === seenKinds.reply && header['outcome'] === 'done'
        this.#answersTo(correlation).add(isDone ? 'done' : 'failed')
        return
      }
      case seenKinds.request:
        return this.#asks(frame)
      case seenKinds.notice: {
        // A guess about a call that is on its way to it: kept under the driver itself.
        const call = this.#serves.get(correlation) ?? -this.#driver
        const told = this.#oracle.witness.told.get(call) ?? new Set<string>()
        if (header['event'] === 'progress') told.add(`progress ${header['progress'] as number}`)
        if (header['event'] === 'log') told.add(`log ${this.#oracle.commitment(body)}`)
        if (call !== 0) this.#oracle.witness.told.set(call, told)
      }
    }
  }

  /** The kernel wrote this. */
  hears(frame: SeenFrame): void {
    const { kind, correlation, header } = frame
    switch (kind) {
      case seenKinds.welcome:
        this.#driver = positive(header['driver'])
        this.#incarnation = positive(header['incarnation'])
        return
      case seenKinds.request:
        // Asking what there is has no effect, and says nothing.
        return header['op'] === 'list' ? undefined : this.#hearsCall(frame)
      case seenKinds.reply:
      case seenKinds.refusal:
        this.#hearsAnswer(frame)
        this.#asked.delete(correlation)
    }
  }

  /** What its program wants to know of a client. Before the welcome nobody listens. */
  #asks({ correlation, header, body }: SeenFrame): void {
    if (this.#asked.has(correlation) || this.#driver === 0) return
    this.#asked.set(correlation, this.#oracle.commitment(body))
    // No call at all is something else than a call that cannot be one.
    const within = Number.isSafeInteger(header['call']) ? Number(header['call']) || -1 : 0
    const asking = { process: this.#driver, object: this.#driver, handle: 0, within }
    const sent = { ...asking, selector: text(header['selector']), text: Buffer.from(body).toString('utf8') }
    this.#oracle.sent(sent, body)
  }

  #answersTo(correlation: number): Set<string> {
    const outcomes = this.#answers.get(correlation) ?? new Set<string>()
    this.#answers.set(correlation, outcomes)
    return outcomes
  }

  /** The frame of a dispatch was made. Its intent is durable, its authority lives, and it is the only one. */
  #hearsCall({ correlation, header, body }: SeenFrame): void {
    const call = positive(header['call'])
    demandDispatchable(this.#oracle, {
      call,
      driver: this.#driver,
      incarnation: this.#incarnation,
      selector: text(header['selector']),
      bytes: body,
    })
    this.#oracle.witness.answered.set(call, this.#answersTo(correlation))
    this.#serves.set(correlation, call)
  }

  /** What it is told of its question is what the ledger says became of that very question. */
  #hearsAnswer({ kind, correlation, header, body }: SeenFrame): void {
    const event = this.#oracle.model.events[positive(header['seq']) - 1]
    const commitment = this.#asked.get(correlation)
    demand(commitment !== undefined, 'durability', `o${this.#driver} is told something it did not ask`)
    if (event === undefined)
      return demand(kind === seenKinds.refusal, 'durability', `o${this.#driver} is told what nothing says`)
    if (event.kind === 'syscall.refused')
      return demand(Number(event.body.process) === this.#driver, 'durability', `a refusal cites another’s`)
    const ends = ['call.settled', 'call.lapsed', 'call.denied', 'call.approved']
    demand(ends.includes(event.kind) && 'call' in event.body, 'durability', `an answer cites ${event.kind}`)
    const call = this.#oracle.model.calls.get(positive(event.body.call))
    const isOwn = call?.process === this.#driver && call.commitment === commitment
    demand(isOwn, 'I6 mediation', `o${this.#driver} hears of k${call?.id}`)
    if (kind === seenKinds.refusal) return
    const isSame = event.payload?.commitment === this.#oracle.commitment(body) && call.outcome === 'done'
    demand(isSame, 'durability', `k${call.id} is told with another answer than is recorded`)
  }
}
