/**
 * Watches one connection from outside: what was written towards the kernel, and what left it. Whatever leaves
 * must already be durable, and must be what the ledger says happened.
 */
import type { SeenFrame } from './frames.ts'
import { FrameStream } from './frames.ts'
import type { Oracle } from './oracle.ts'
import { positive } from './seen-values.ts'
import { demand } from './violation.ts'
import { AgentWatch } from './watch-agent.ts'
import { DriverWatch } from './watch-driver.ts'

/** What knows a role's part of the protocol. */
interface Watch {
  /** Somebody wrote this towards the kernel. */
  wrote(frame: SeenFrame): void
  /** The kernel wrote this: it has left. */
  hears(frame: SeenFrame): void
}

/** Watches one connection of one role. */
export class Observer {
  readonly #oracle: Oracle
  readonly #role: 'agent' | 'operator' | 'driver'
  readonly #inwards = new FrameStream()
  readonly #outwards = new FrameStream()
  readonly #watch: Watch | null

  constructor(oracle: Oracle, role: 'agent' | 'operator' | 'driver') {
    this.#oracle = oracle
    this.#role = role
    this.#watch =
      role === 'agent' ? new AgentWatch(oracle) : role === 'driver' ? new DriverWatch(oracle) : null
  }

  /** Somebody wrote this towards the kernel. */
  towardsKernel(bytes: Uint8Array): void {
    for (const frame of this.#inwards.push(bytes)) {
      this.#oracle.note(this.#role, 'in', frame)
      this.#watch?.wrote(frame)
    }
  }

  /** The kernel wrote this: it has left. */
  fromKernel(bytes: Uint8Array): void {
    for (const frame of this.#outwards.push(bytes)) {
      this.#oracle.note(this.#role, 'out', frame)
      const seq = positive(frame.header['seq'])
      demand(
        seq <= this.#oracle.durable,
        'durability',
        `an answer cites event ${seq}, and only ${this.#oracle.durable} are durable`,
      )
      this.#watch?.hears(frame)
    }
  }
}
