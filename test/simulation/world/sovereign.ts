/**
 * The sovereign of simulated members: a world of its own, with the real machine over a disk that tears, a
 * supervisor that restarts it, and operators who order by wire. Its word goes to the members by courier. It has one
 * clock with them, as one computer has: what it says is never out of date where it arrives at once.
 */
import type { JsonObject } from '../../../src/base/json.ts'
import type { CanonDocument } from '../../../src/kernel/canon/document.ts'
import type { OrderAction } from '../../../src/kernel/command.ts'
import type { State } from '../../../src/kernel/state.ts'
import type { Refusal } from '../../../src/kernel/refusal.ts'
import type { SupervisorNotice } from '../../../src/machine/supervisor-notice.ts'
import type { Courier } from './courier.ts'
import type { Scheduler } from './scheduler.ts'
import { World } from './world.ts'

/** One sovereign of some domains. */
export class Sovereign {
  readonly couriers: Courier[] = []
  readonly world: World
  /** The texts of the canon that the home keeps for its domains. */
  readonly #canons = new Map<number, CanonDocument>()

  constructor(seed: number, scheduler: Scheduler, domains: readonly string[]) {
    this.world = new World(seed, {
      scheduler,
      domain: 'sovereign',
      sovereign: null,
      throne: {
        domains,
        aheadMs: (nowMs) => Math.max(0, ...this.couriers.map((courier) => courier.now() - nowMs)),
        say: (notice) => this.#say(notice),
        keepCanon: (canon) => void this.#canons.set(canon.version, canon),
      },
    })
  }

  /** For generators: who its operators are, while it serves. */
  get state(): State | undefined {
    return this.world.host.machine?.core.state
  }

  /** An operator orders something, mostly the first one. */
  order(action: OrderAction): void {
    this.world.operator.order(action)
  }

  /** The text of a canon that it was given, as the home keeps it for its domains. */
  canonOf(version: number): CanonDocument | undefined {
    return this.#canons.get(version)
  }

  /** A domain acts on something. Lost while nobody serves. */
  acknowledged(said: JsonObject, heard: (why: Refusal | null) => void): void {
    this.world.host.machine?.statements?.acknowledged(said, heard)
  }

  #say({ domain, text, signature }: Extract<SupervisorNotice, { event: 'statement' }>): void {
    this.couriers.find((courier) => courier.domain === domain)?.hand(text, signature)
  }
}
