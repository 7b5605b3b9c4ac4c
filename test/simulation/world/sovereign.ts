/**
 * The sovereign of simulated members: the real kernel's rules without a machine around them, and the supervisor's
 * part in carrying its word. Statements arrive late, twice, in the wrong order, at the wrong domain, mutilated or
 * forged; the newest is kept for whoever starts next.
 */
import type { Instant } from '../../../src/base/ids.ts'
import { id } from '../../../src/base/ids.ts'
import type { CanonDocument } from '../../../src/kernel/canon/document.ts'
import type { OrderAction } from '../../../src/kernel/command.ts'
import { isAnyStatementDue, lastStatement } from '../../../src/kernel/sovereign/domains.ts'
import { statementBytes } from '../../../src/kernel/sovereign/statement.ts'
import type { State } from '../../../src/kernel/state.ts'
import type { Statements } from '../../../src/machine/statements.ts'
import { SmallKernel } from '../../harness/small-realm.ts'
import type { Oracle } from '../oracle/oracle.ts'
import type { Keys } from './keys.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'

/** A statement on its way. */
export interface Carried {
  readonly body: Uint8Array
  readonly signature: string
}

/** One sovereign of some domains. */
export class Sovereign {
  readonly couriers: Courier[] = []
  readonly #keys: Keys
  readonly #kernel: SmallKernel

  constructor(keys: Keys, domains: readonly string[]) {
    this.#keys = keys
    const founder = { operatorName: 'ada', operatorKey: keys.operatorKey }
    this.#kernel = new SmallKernel('sovereign', { role: 'sovereign', domains, ...founder })
  }

  /** For generators: who its operators are. */
  get state(): State {
    return this.#kernel.state
  }

  /** The first operator orders something. */
  order(action: OrderAction, endorsed: readonly boolean[] = []): void {
    this.keepTime()
    this.#kernel.order('ada', action, { endorsed })
    this.issue()
  }

  /** The text of a canon that it was given, as the home keeps it for its domains. */
  canonOf(version: number): CanonDocument | undefined {
    for (const event of this.#kernel.log)
      if (event.kind === 'canon.amended' && event.body.version === version) return event.body.canon
    return undefined
  }

  /** Says what is due, and hands it to whoever carries it. */
  issue(): void {
    const at = id<Instant>(this.#kernel.now)
    for (const because of ['change', 'time'] as const)
      if (isAnyStatementDue(this.state, { because, at }))
        this.#kernel.do({ kind: 'statement.issue', because })
    for (const courier of this.couriers) {
      const domain = this.state.domains?.get(courier.domain)
      const text = domain === undefined ? null : lastStatement(this.state, domain)
      if (text === null) continue
      const said = Buffer.from(statementBytes(text)).toString()
      courier.hand(text, this.#keys.signAs(this.#keys.person('sovereign'), said))
    }
  }

  /** Its clock is as late as the latest of its domains’. */
  keepTime(): void {
    this.#kernel.now = Math.max(this.state.at, ...this.couriers.map((courier) => courier.now()))
  }
}

/** What a courier stands on. */
export interface CourierPorts {
  readonly domain: string
  readonly scheduler: Scheduler
  readonly random: Random
  readonly keys: Keys
  readonly oracle: Oracle
  now(): number
  /** The member's end, while it serves. */
  statements(): Statements | null
  sometimes(name: string): void
}

/** Carries the sovereign's word to one domain. */
export class Courier {
  readonly sovereign: Sovereign
  readonly #ports: CourierPorts
  readonly #said: Carried[] = []

  constructor(sovereign: Sovereign, ports: CourierPorts) {
    this.sovereign = sovereign
    this.#ports = ports
    sovereign.couriers.push(this)
    sovereign.keepTime()
    sovereign.issue()
  }

  get domain(): string {
    return this.#ports.domain
  }

  /** The newest statement, as the supervisor keeps it. */
  get newest(): Carried | null {
    return this.#said.at(-1) ?? null
  }

  now(): number {
    return this.#ports.now()
  }

  /** The sovereign made this. */
  hand(text: string, signature: string): void {
    const { newest } = this
    if (newest?.signature === signature) return
    this.#ports.oracle.witness.said.set(text, signature)
    this.#said.push({ body: Buffer.from(text), signature })
    this.#ports.scheduler.after(this.#ports.random.below(400), () => this.#deliver(this.newest))
  }

  /** Has the sovereign say what is due, and takes the newest statement to the domain. */
  carry(): void {
    this.sovereign.keepTime()
    this.sovereign.issue()
    this.#deliver(this.newest)
  }

  /** Takes something there that must not count: an old statement, a changed one, another domain's. */
  misdeliver(): void {
    const { random, keys } = this.#ports
    const { newest } = this
    if (newest === null) return
    this.#ports.sometimes('fault: statement misdelivered')
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
        { body: forged, signature: newest.signature },
        { body: forged, signature: thief },
        { body: newest.body.subarray(0, 40), signature: newest.signature },
      ]),
    )
  }

  #deliver(carried: Carried | null): void {
    if (carried === null) return
    this.#ports.statements()?.accept(carried.body, carried.signature, (why) => {
      this.#ports.sometimes(why === null ? 'statement heard' : `statement refused: ${why.code}`)
    })
  }
}
