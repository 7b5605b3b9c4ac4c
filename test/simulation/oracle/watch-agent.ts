/**
 * Watches the connection of one agent: what it asked for, what it said it can answer, and what it was told.
 * Nothing may reach it that is not about a request of its own, or that it could not see without asking.
 */
import type { JsonObject } from '../../../src/base/json.ts'
import type { Event } from '../../../src/kernel/event.ts'
import { demandAskable } from './dispatch.ts'
import type { SeenFrame } from './frames.ts'
import { seenKinds } from './frames.ts'
import type { Oracle } from './oracle.ts'
import { positive, text } from './seen-values.ts'
import { demand, known } from './violation.ts'
import type { Asked } from './watch-news.ts'
import { demandListed, demandTold } from './watch-news.ts'

/** One agent's connection. */
export class AgentWatch {
  readonly #oracle: Oracle
  /** Process of the agent, from the welcome. */
  #process = 0
  /**
   * Open requests by correlation, the one that is heard of first. A second one is a violation, unless the answer
   * to the first was on its way when it was written.
   */
  readonly #asked = new Map<number, Asked[]>()
  /** Commitments to what the agent replied, by correlation: a hasty one may answer before it was asked. */
  readonly #replies = new Map<number, Set<string>>()

  constructor(oracle: Oracle) {
    this.#oracle = oracle
  }

  /** The agent wrote this. */
  wrote(frame: SeenFrame): void {
    if (frame.kind === seenKinds.request) this.#asks(frame)
    if (frame.kind === seenKinds.reply)
      this.#repliesTo(frame.correlation).add(this.#oracle.commitment(frame.body))
  }

  /** The kernel wrote this. */
  hears(frame: SeenFrame): void {
    const { kind, correlation, header } = frame
    const [asked] = this.#asked.get(correlation) ?? []
    switch (kind) {
      case seenKinds.welcome:
        this.#process = positive(header['process'])
        known(
          this.#oracle.model.processes.get(this.#process),
          'durability',
          `process p${this.#process} in a welcome`,
        )
        return
      case seenKinds.request:
        return this.#hearsQuestion(frame)
      case seenKinds.notice:
        return demandTold(this.#oracle, this.#process, asked, frame)
      case seenKinds.reply:
      case seenKinds.refusal:
        this.#asked.get(correlation)?.shift()
        return this.#hearsAnswer(frame, asked)
    }
  }

  #asks({ correlation, header, body }: SeenFrame): void {
    const { op, selector, answers, progress, log } = header
    const list = Array.isArray(answers) ? answers.filter((able) => typeof able === 'string') : []
    const { commitment, durable } = {
      commitment: this.#oracle.commitment(body),
      durable: this.#oracle.durable,
    }
    const wants = { progress: progress === true, log: typeof log === 'string' }
    const object = positive(header['object'])
    const open = this.#asked.get(correlation) ?? []
    open.push({ op, object, commitment, answers: new Set(list), ...wants, durable })
    this.#asked.set(correlation, open)
    if (op !== 'call' || typeof selector !== 'string') return
    const asking = { process: this.#process, selector, handle: positive(header['handle']), object, within: 0 }
    this.#oracle.sent({ ...asking, text: Buffer.from(body).toString('utf8') }, body)
  }

  #repliesTo(correlation: number): Set<string> {
    const replies = this.#replies.get(correlation) ?? new Set<string>()
    this.#replies.set(correlation, replies)
    return replies
  }

  /** A driver asks it something: in the course of a request of its own that can answer, and of no other. */
  #hearsQuestion({ correlation, header, body }: SeenFrame): void {
    const [request] = this.#asked.get(positive(header['of'])) ?? []
    demand(
      request?.op === 'call',
      'I6 mediation',
      `p${this.#process} is asked in the course of no call of its own`,
    )
    const question = demandAskable(this.#oracle, {
      within: positive(header['call']),
      selector: text(header['selector']),
      bytes: body,
      process: this.#process,
      commitment: request.commitment,
      answers: request.answers,
    })
    this.#oracle.witness.clientSaid.set(question, this.#repliesTo(correlation))
  }

  #hearsAnswer({ kind, header, body }: SeenFrame, asked: Asked | undefined): void {
    const seq = positive(header['seq'])
    const event = this.#oracle.model.events[seq - 1]
    if (kind === seenKinds.reply && asked?.op === 'discover')
      return demandListed(this.#oracle, this.#process, asked, body)
    if (kind === seenKinds.reply && asked?.op === 'call') return this.#hearsEnd(header, body, event, asked)
    if (seq === 0 || event === undefined) return
    if (kind === seenKinds.refusal) return this.#hearsRefusal(header, event)
    if (asked?.op === 'derive')
      demand(
        event.kind === 'capability.derived' && event.body.capability === header['capability'],
        'durability',
        `a derivation cites ${event.kind}`,
      )
    if (asked?.op === 'spawn')
      demand(
        event.kind === 'process.spawned' && event.body.process === header['process'],
        'durability',
        `a child cites ${event.kind}`,
      )
    if (asked?.op === 'end')
      demand(event.kind === 'process.ended', 'durability', `an end cites ${event.kind}`)
    if (asked?.op === 'timer.set')
      demand(
        event.kind === 'timer.set' && seq === header['timer'],
        'durability',
        `a timer cites ${event.kind}`,
      )
    if (asked?.op === 'timer.cancel')
      demand(event.kind === 'timer.cancelled', 'durability', `a timer’s end cites ${event.kind}`)
    if (asked?.op === 'revoke')
      demand(event.kind === 'capability.revoked', 'durability', `a revocation cites ${event.kind}`)
  }

  #hearsEnd(header: JsonObject, body: Uint8Array, event: Event | undefined, asked: Asked): void {
    const call = positive(header['call'])
    const outcome = header['outcome']
    if (outcome === 'cancelled' && header['reason'] === 'withdrawn')
      return this.#hearsWithdrawal(call, asked.commitment)
    demand(
      event?.kind === 'call.settled' && event.body.call === call && event.body.outcome === outcome,
      'durability',
      `k${call} is told to be ${text(outcome)} by event ${event?.seq}, ${event?.kind}`,
    )
    demand(
      this.#oracle.model.calls.get(call)?.process === this.#process,
      'I6 mediation',
      `p${this.#process} hears of k${call}`,
    )
    const isSame = event.payload === null || event.payload.commitment === this.#oracle.commitment(body)
    demand(isSame, 'durability', `k${call} is told with another result than is recorded`)
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
    const code = text(header['code'])
    const { calls } = this.#oracle.model
    switch (event.kind) {
      case 'syscall.refused':
        demand(
          Number(event.body.process) === this.#process && event.body.code === code,
          'durability',
          `${code} cites ${event.body.code}`,
        )
        return
      case 'call.denied':
      case 'call.lapsed':
      case 'call.approved':
        demand(
          calls.get(event.body.call)?.process === this.#process,
          'durability',
          `${code} cites another’s call`,
        )
        return
      default:
        demand(false, 'durability', `a refusal cites ${event.kind}`)
    }
  }
}
