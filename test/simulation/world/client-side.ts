/**
 * What a simulated agent is besides a caller: a client that says what it can answer, and is asked. It answers,
 * late, with nonsense, twice, or not at all, says no, and leaves in the middle.
 */
import type { JsonObject } from '../../../src/base/json.ts'
import { encodeFrame } from '../../../src/wire/frame.ts'
import type { Peer } from '../../../src/wire/peer.ts'
import { questions } from './manifests.ts'
import { clientAnswer } from './question-terms.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'
import type { WireEnd } from './wire.ts'

/** What a client stands on. */
export interface ClientPorts {
  readonly scheduler: Scheduler
  readonly random: Random
  readonly isHostile: () => boolean
  sometimes(name: string): void
}

const manners = { answer: 700, late: 90, no: 80, never: 50, twice: 15, leave: 25, other: 15 } as const

/** One agent's side of questions. */
export class ClientSide {
  readonly #ports: ClientPorts
  readonly #leave: () => void
  /** Questions that are not answered yet, as numbers of their peers: a late answer must not be a second one. */
  readonly #open = new WeakMap<Peer, Set<number>>()

  constructor(ports: ClientPorts, leave: () => void) {
    this.#ports = ports
    this.#leave = leave
  }

  /** How many questions it takes at a time. */
  credit(): number {
    const { random, isHostile } = this.#ports
    return isHostile() ? random.pick([0, 1, 8, 8, 64]) : 8
  }

  /** What it says beside a call: none of it is authority, and some of it is nonsense. */
  notes(): JsonObject {
    const { random, isHostile } = this.#ports
    if (!isHostile()) return { answers: ['client/sampling'] }
    const answers = random.percent(75) ? questions.filter(() => random.percent(70)) : []
    return {
      ...(answers.length > 0 ? { answers } : {}),
      ...(random.percent(4) ? { answers: random.pick([7, 'client/roots', ['tools/read', null]]) } : {}),
      ...(random.percent(40) ? { progress: true } : {}),
      ...(random.percent(30) ? { log: random.pick(['info', 'error', 'shouting']) } : {}),
      ...(random.percent(10) ? { trace: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` } : {}),
    }
  }

  /** The kernel asks it something. */
  asked(peer: Peer, end: WireEnd, correlation: number, header: JsonObject): void {
    const { random, isHostile } = this.#ports
    this.#ports.sometimes(`client asked: ${header['selector'] as string}`)
    const open = this.#open.get(peer) ?? new Set<number>()
    this.#open.set(peer, open.add(correlation))
    const manner = isHostile() ? random.weighted(manners) : 'answer'
    if (manner !== 'answer') this.#ports.sometimes(`fault: client ${manner}`)
    switch (manner) {
      case 'answer':
        return this.#answer(peer, correlation, random.below(15))
      case 'late':
        return this.#answer(peer, correlation, random.between(100, 3_000))
      case 'no':
        if (open.delete(correlation))
          peer.refuse(correlation, { code: 'declined', message: 'no', needed: '', seq: null })
        return
      case 'never':
        return
      case 'twice':
        this.#forge(end, correlation)
        return this.#forge(end, correlation)
      case 'leave':
        return this.#leave()
      case 'other':
        return this.#forge(end, correlation + random.between(1, 3))
    }
  }

  /** The kernel no longer wants to know. Most clients say so soon; some answer all the same. */
  cancelled(peer: Peer, correlation: number): void {
    this.#ports.sometimes('client’s question withdrawn')
    if (this.#ports.random.percent(90)) this.#answer(peer, correlation, 1)
  }

  #answer(peer: Peer, correlation: number, delayMs: number): void {
    const { scheduler, random, isHostile } = this.#ports
    scheduler.after(delayMs, () => {
      if (peer.phase === 'open' && this.#open.get(peer)?.delete(correlation) === true)
        peer.reply(correlation, {}, clientAnswer(random, !isHostile()))
    })
  }

  #forge(end: WireEnd, correlation: number): void {
    const body = clientAnswer(this.#ports.random, false)
    end.write(encodeFrame({ kind: 'reply', correlation, header: {}, body }))
  }
}
