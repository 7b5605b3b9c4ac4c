/**
 * The supervisor's part between a sovereign and one of its domains: it carries statements there and what the
 * domain acts on back. Statements arrive late, twice, in the wrong order, at the wrong domain, mutilated or forged,
 * or for a while not at all; the newest is kept for whoever starts next.
 */
import { statementBytes } from '../../../src/kernel/sovereign/statement.ts'
import type { Statements } from '../../../src/machine/statements.ts'
import type { SupervisorNotice } from '../../../src/machine/supervisor-notice.ts'
import type { Oracle } from '../oracle/oracle.ts'
import { demand } from '../oracle/violation.ts'
import type { Keys } from './keys.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'
import type { Sovereign } from './sovereign.ts'

/** A statement on its way. */
export interface Carried {
  readonly statement: number
  readonly body: Uint8Array
  readonly signature: string
}

/** What a courier stands on. */
export interface CourierPorts {
  readonly domain: string
  readonly scheduler: Scheduler
  readonly random: Random
  readonly keys: Keys
  readonly oracle: Oracle
  readonly isHostile: () => boolean
  now(): number
  /** The member's end, while it serves. */
  statements(): Statements | null
  sometimes(name: string): void
}

/** A member's word on what it acts on. */
export type Acknowledgement = Extract<SupervisorNotice, { event: 'acknowledged' }>

/** Carries the sovereign's word to one domain. */
export class Courier {
  readonly sovereign: Sovereign
  readonly #ports: CourierPorts
  readonly #said: Carried[] = []
  #silentUntil = 0

  constructor(sovereign: Sovereign, ports: CourierPorts) {
    this.sovereign = sovereign
    this.#ports = ports
    sovereign.couriers.push(this)
  }

  get domain(): string {
    return this.#ports.domain
  }

  /** The newest statement, as the supervisor keeps it. */
  get newest(): Carried | null {
    return this.#said.at(-1) ?? null
  }

  /** Wall-clock time at the domain. */
  now(): number {
    return this.#ports.now()
  }

  /** The sovereign made this. What it says again after a restart is known, and must be what it was. */
  hand(text: string, signature: string): void {
    const { oracle, scheduler, random } = this.#ports
    const { statement } = JSON.parse(text) as { readonly statement: number }
    const before = this.#said.find((each) => each.statement === statement)
    const isSame = before === undefined || Buffer.from(before.body).toString() === text
    demand(isSame, 'I13 once', `statement ${statement} to ${this.domain} was made twice`)
    oracle.witness.said.set(text, signature)
    if (statement <= (this.newest?.statement ?? 0)) return
    this.#said.push({ statement, body: Buffer.from(text), signature })
    scheduler.after(random.below(400), () => this.#deliver(this.newest))
  }

  /** Takes the newest statement to the domain once more. */
  carry(): void {
    this.#deliver(this.newest)
  }

  /** Nothing reaches the domain for so long, unless peace comes first. */
  silence(forMs: number): void {
    this.#silentUntil = this.#ports.scheduler.now + forMs
  }

  /** The domain says what it acts on. What it acts on is durable there. */
  acknowledge(said: Acknowledgement): void {
    const { oracle, random, scheduler, isHostile } = this.#ports
    const { statement } = oracle.model.realm
    demand(said.statement <= statement, 'durability', `${this.domain} acts on statement ${said.statement}`)
    if (isHostile() && random.percent(10)) return this.#ports.sometimes('fault: acknowledgement lost')
    scheduler.after(random.below(100), () =>
      this.sovereign.acknowledged({ ...said, domain: this.domain }, () => undefined),
    )
  }

  /** Takes something there that must not count: an old statement, a changed one, another domain's. */
  misdeliver(): void {
    const { random, keys } = this.#ports
    const { newest } = this
    if (newest === null) return
    this.#ports.sometimes('fault: statement misdelivered')
    const { signature, statement } = newest
    const forged = Buffer.from(
      Buffer.from(newest.body)
        .toString()
        .replace(/"statement":\d+/, '"statement":99'),
    )
    const thief = keys.signAs(keys.person('thief'), Buffer.from(statementBytes(String(forged))).toString())
    this.#deliver(
      random.pick([
        random.pick(this.#said),
        random.pick(this.sovereign.couriers).newest,
        { statement, body: forged, signature },
        { statement, body: forged, signature: thief },
        { statement, body: newest.body.subarray(0, 40), signature },
      ]),
    )
  }

  #deliver(carried: Carried | null): void {
    const { scheduler, isHostile } = this.#ports
    if (carried === null || (isHostile() && scheduler.now < this.#silentUntil)) return
    this.#ports.statements()?.accept(carried.body, carried.signature, (why) => {
      this.#ports.sometimes(why === null ? 'statement heard' : `statement refused: ${why.code}`)
    })
  }
}
