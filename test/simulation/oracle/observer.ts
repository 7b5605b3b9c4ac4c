/**
 * Watches one connection from outside: what was written towards the kernel, and what left it. Whatever leaves
 * must already be durable, and must be what the ledger says happened.
 */
import type { JsonObject } from '../../../src/base/json.ts'
import type { Event } from '../../../src/kernel/event.ts'
import { demandDispatchable } from './dispatch.ts'
import type { SeenFrame } from './frames.ts'
import { FrameStream, seenKinds } from './frames.ts'
import type { Oracle } from './oracle.ts'
import { demand, known } from './violation.ts'

interface Asked {
  readonly op: unknown
  /** Commitment to the body. */
  readonly commitment: string
}

/** Watches one connection of one role. */
export class Observer {
  readonly #oracle: Oracle
  readonly #role: 'agent' | 'operator' | 'driver'
  readonly #inwards = new FrameStream()
  readonly #outwards = new FrameStream()
  /** Process of an agent, or object of a driver, from the welcome. */
  #id = 0
  #incarnation = 0
  /** Open requests of the agent by correlation. */
  readonly #asked = new Map<number, Asked>()
  /** Outcomes that the driver answered, by correlation: a hasty one may answer before it was asked. */
  readonly #answers = new Map<number, Set<string>>()

  constructor(oracle: Oracle, role: 'agent' | 'operator' | 'driver') {
    this.#oracle = oracle
    this.#role = role
  }

  /** Somebody wrote this towards the kernel. */
  towardsKernel(bytes: Uint8Array): void {
    for (const frame of this.#inwards.push(bytes)) {
      this.#oracle.note(this.#role, 'in', frame)
      if (this.#role === 'agent' && frame.kind === seenKinds.request) this.#agentAsks(frame)
      if (this.#role === 'driver') this.#driverAnswers(frame)
    }
  }

  /** The kernel wrote this: it has left. */
  fromKernel(bytes: Uint8Array): void {
    for (const frame of this.#outwards.push(bytes)) {
      this.#oracle.note(this.#role, 'out', frame)
      this.#demandDurable(frame)
      if (frame.kind === seenKinds.welcome) this.#welcomed(frame.header)
      else if (this.#role === 'agent') this.#agentHears(frame)
      else if (this.#role === 'driver' && frame.kind === seenKinds.request) this.#driverHears(frame)
    }
  }

  #agentAsks({ correlation, header, body }: SeenFrame): void {
    // A second request under an open correlation is a violation, and no request.
    if (this.#asked.has(correlation)) return
    this.#asked.set(correlation, { op: header['op'], commitment: this.#oracle.commitment(body) })
    if (header['op'] !== 'call' || typeof header['selector'] !== 'string') return
    const sent = {
      process: this.#id,
      selector: header['selector'],
      handle: positive(header['handle']),
      object: positive(header['object']),
      text: Buffer.from(body).toString('utf8'),
    }
    this.#oracle.sent(sent, body)
  }

  #driverAnswers({ kind, correlation, header }: SeenFrame): void {
    if (kind !== seenKinds.reply && kind !== seenKinds.refusal) return
    const outcomes = this.#answersTo(correlation)
    outcomes.add(kind === seenKinds.reply && header['outcome'] === 'done' ? 'done' : 'failed')
  }

  #answersTo(correlation: number): Set<string> {
    const outcomes = this.#answers.get(correlation) ?? new Set<string>()
    this.#answers.set(correlation, outcomes)
    return outcomes
  }

  #demandDurable({ header }: SeenFrame): void {
    const seq = positive(header['seq'])
    demand(
      seq <= this.#oracle.durable,
      'durability',
      `an answer cites event ${seq}, and only ${this.#oracle.durable} are durable`,
    )
  }

  #welcomed(header: JsonObject): void {
    if (this.#role === 'agent') {
      this.#id = positive(header['process'])
      known(this.#oracle.model.processes.get(this.#id), 'durability', `process p${this.#id} in a welcome`)
    }
    if (this.#role === 'driver') {
      this.#id = positive(header['driver'])
      this.#incarnation = positive(header['incarnation'])
    }
  }

  /** The frame of a dispatch was made. Its intent is durable, its authority lives, and it is the only one. */
  #driverHears({ correlation, header, body }: SeenFrame): void {
    const call = positive(header['call'])
    demandDispatchable(this.#oracle, {
      call,
      driver: this.#id,
      incarnation: this.#incarnation,
      selector: text(header['selector']),
      bytes: body,
    })
    this.#oracle.witness.answered.set(call, this.#answersTo(correlation))
  }

  #agentHears({ kind, correlation, header }: SeenFrame): void {
    const seq = positive(header['seq'])
    const event = this.#oracle.model.events[seq - 1]
    const asked = this.#asked.get(correlation)
    const op = asked?.op
    if (kind !== seenKinds.notice) this.#asked.delete(correlation)
    if (kind === seenKinds.reply && op === 'call')
      return this.#hearsEnd(header, event, asked?.commitment ?? '')
    if (seq === 0 || event === undefined) return
    if (kind === seenKinds.notice)
      demand(
        event.kind === 'call.held' && event.body.process === this.#id,
        'durability',
        `a hold cites ${event.kind}`,
      )
    if (kind === seenKinds.refusal) this.#hearsRefusal(header, event)
    if (kind === seenKinds.reply && op === 'derive')
      demand(
        event.kind === 'capability.derived' && event.body.capability === header['capability'],
        'durability',
        `a derivation cites ${event.kind}`,
      )
    if (kind === seenKinds.reply && op === 'revoke')
      demand(event.kind === 'capability.revoked', 'durability', `a revocation cites ${event.kind}`)
  }

  #hearsEnd(header: JsonObject, event: Event | undefined, commitment: string): void {
    const call = positive(header['call'])
    const outcome = header['outcome']
    if (outcome === 'cancelled' && header['reason'] === 'withdrawn')
      return this.#hearsWithdrawal(call, commitment)
    demand(
      event?.kind === 'call.settled' && event.body.call === call && event.body.outcome === outcome,
      'durability',
      `k${call} is told to be ${text(outcome)} by event ${event?.seq}, ${event?.kind}`,
    )
    demand(
      this.#oracle.model.calls.get(call)?.process === this.#id,
      'I6 mediation',
      `p${this.#id} hears of k${call}`,
    )
  }

  /** A call that is told to be withdrawn must not have been done, whether it is named or not. */
  #hearsWithdrawal(named: number, commitment: string): void {
    const { model, witness } = this.#oracle
    const askedOnce = witness.sent.get(commitment)?.length === 1
    const unnamed = askedOnce
      ? [...model.calls.values()].find((call) => call.commitment === commitment)
      : undefined
    const call = model.calls.get(named) ?? unnamed
    demand(
      call === undefined || call.outcome === null || call.outcome === 'cancelled',
      'durability',
      `k${call?.id} is told to be withdrawn and is ${call?.outcome}`,
    )
  }

  #hearsRefusal(header: JsonObject, event: Event): void {
    const { code } = header
    const { calls } = this.#oracle.model
    switch (event.kind) {
      case 'syscall.refused':
        demand(
          event.body.process === this.#id && event.body.code === code,
          'durability',
          `${text(code)} cites ${event.body.code}`,
        )
        return
      case 'call.denied':
      case 'call.lapsed':
      case 'call.approved':
        demand(
          calls.get(event.body.call)?.process === this.#id,
          'durability',
          `${text(code)} cites another’s call`,
        )
        return
      default:
        demand(false, 'durability', `a refusal cites ${event.kind}`)
    }
  }
}

function positive(value: unknown): number {
  return typeof value === 'number' && value > 0 ? value : 0
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
