/**
 * Watches one connection from outside: what was written towards the kernel, and what left it. Whatever leaves
 * must already be durable, and must be what the ledger says happened.
 */
import type { JsonObject } from '../../../src/base/json.ts'
import type { Event } from '../../../src/kernel/event.ts'
import type { SeenFrame } from './frames.ts'
import { framesIn, seenKinds } from './frames.ts'
import { death } from './model.ts'
import type { Oracle } from './oracle.ts'
import { demand, known } from './violation.ts'

/** Watches one connection of one role. */
export class Observer {
  readonly #oracle: Oracle
  readonly #role: 'agent' | 'operator' | 'driver'
  /** Process of an agent, or object of a driver, from the welcome. */
  #id = 0
  #incarnation = 0
  /** Requests of the agent by correlation, latest. */
  readonly #asked = new Map<number, JsonObject>()
  /** Calls that were dispatched here, by correlation. */
  readonly #dispatched = new Map<number, number>()

  constructor(oracle: Oracle, role: 'agent' | 'operator' | 'driver') {
    this.#oracle = oracle
    this.#role = role
  }

  /** Somebody wrote this towards the kernel. */
  towardsKernel(bytes: Uint8Array): void {
    for (const frame of framesIn(bytes)) {
      this.#oracle.note(this.#role, 'in', frame)
      if (this.#role === 'agent' && frame.kind === seenKinds.request) this.#agentAsks(frame)
      if (this.#role === 'driver') this.#driverAnswers(frame)
    }
  }

  /** The kernel wrote this: it has left. */
  fromKernel(bytes: Uint8Array): void {
    for (const frame of framesIn(bytes)) {
      this.#oracle.note(this.#role, 'out', frame)
      this.#demandDurable(frame)
      if (frame.kind === seenKinds.welcome) this.#welcomed(frame.header)
      else if (this.#role === 'agent') this.#agentHears(frame)
      else if (this.#role === 'driver' && frame.kind === seenKinds.request) this.#driverHears(frame)
    }
  }

  #agentAsks({ correlation, header, body }: SeenFrame): void {
    this.#asked.set(correlation, header)
    if (header['op'] !== 'call' || typeof header['selector'] !== 'string') return
    this.#oracle.sent({
      process: this.#id,
      selector: header['selector'],
      handle: positive(header['handle']),
      object: positive(header['object']),
      text: Buffer.from(body).toString('utf8'),
    })
  }

  #driverAnswers({ kind, correlation, header }: SeenFrame): void {
    if (kind !== seenKinds.reply && kind !== seenKinds.refusal) return
    const call = this.#dispatched.get(correlation)
    if (call === undefined) return
    const outcome = kind === seenKinds.reply && header['outcome'] === 'done' ? 'done' : 'failed'
    const { answered } = this.#oracle.witness
    answered.set(call, (answered.get(call) ?? new Set<string>()).add(outcome))
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
    const { model, witness, time } = this.#oracle
    const id = positive(header['call'])
    const call = model.calls.get(id)
    demand(call !== undefined && call.admittedSeq > 0, 'I6 mediation', `k${id} was dispatched before its intent was durable`)
    demand(!witness.dispatched.has(id), 'I13 once', `k${id} was dispatched twice`)
    demand(call.stage === 'admitted', 'I13 once', `k${id} was dispatched after it was settled`)
    demand(!model.halted, 'I10 halt', `k${id} was dispatched while everything was halted`)
    const text = Buffer.from(body).toString('utf8')
    demand(
      call.object === this.#id && call.selector === header['selector'],
      'I6 mediation',
      `k${id} was dispatched to o${this.#id} as ${String(header['selector'])}`,
    )
    demand(model.drivers.get(this.#id)?.attached === this.#incarnation, 'I6 mediation', `k${id} went to a former adapter`)
    demand(this.#oracle.commitment(body) === call.commitment, 'I6 mediation', `k${id} was dispatched with other bytes`)
    const now = Math.max(time(), model.events.at(-1)?.at ?? 0)
    const dead = death(model, call.node, now)
    demand(dead === null, 'I4 live authority', `k${id} was dispatched under c${call.node.id}, which is ${dead}`)
    witness.dispatched.set(id, { driver: this.#id, incarnation: this.#incarnation, selector: call.selector, text })
    this.#dispatched.set(correlation, id)
  }

  #agentHears({ kind, correlation, header }: SeenFrame): void {
    const seq = positive(header['seq'])
    const event = this.#oracle.model.events[seq - 1]
    const op = this.#asked.get(correlation)?.['op']
    if (kind === seenKinds.reply && op === 'call') return this.#hearsEnd(header, event)
    if (seq === 0 || event === undefined) return
    if (kind === seenKinds.notice)
      demand(event.kind === 'call.held' && event.body.process === this.#id, 'durability', `a hold cites ${event.kind}`)
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

  #hearsEnd(header: JsonObject, event: Event | undefined): void {
    const call = positive(header['call'])
    const outcome = header['outcome']
    if (outcome === 'cancelled' && header['reason'] === 'withdrawn') return this.#hearsWithdrawal(call)
    demand(
      event?.kind === 'call.settled' && event.body.call === call && event.body.outcome === outcome,
      'durability',
      `k${call} is told to be ${String(outcome)} by event ${event?.seq}, ${event?.kind}`,
    )
    demand(this.#oracle.model.calls.get(call)?.process === this.#id, 'I6 mediation', `p${this.#id} hears of k${call}`)
  }

  /** A withdrawn call that was in flight must not have been done. */
  #hearsWithdrawal(call: number): void {
    const ended = this.#oracle.model.calls.get(call)?.outcome
    demand(
      ended === undefined || ended === null || ended === 'cancelled',
      'durability',
      `k${call} is told to be cancelled and is ${String(ended)}`,
    )
  }

  #hearsRefusal(header: JsonObject, event: Event): void {
    const { code } = header
    const { calls } = this.#oracle.model
    switch (event.kind) {
      case 'syscall.refused':
        demand(event.body.process === this.#id && event.body.code === code, 'durability', `${String(code)} cites ${event.body.code}`)
        return
      case 'call.denied':
      case 'call.lapsed':
      case 'call.approved':
        demand(calls.get(event.body.call)?.process === this.#id, 'durability', `${String(code)} cites another’s call`)
        return
      default:
        demand(false, 'durability', `a refusal cites ${event.kind}`)
    }
  }
}

function positive(value: unknown): number {
  return typeof value === 'number' && value > 0 ? value : 0
}
