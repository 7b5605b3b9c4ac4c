/**
 * How long halts take: from the request to the last kill that was sent, and to the instant at which nothing that was
 * killed is left. By domain, because what a kernel is told of a halt of everything is about its own domain only.
 * Beside the plan, which has no clock.
 */
import type { Scope } from './scope.ts'
import { scopeName } from './scope.ts'

/** What is known of one halt in one domain. Microseconds from the request. */
export interface HaltTimes {
  /** Until the last kill was sent. */
  readonly killMicros: number
  /** Until everything that was killed was seen to have ended; absent while something is not. */
  readonly deadMicros?: number
}

/** What a halt did. */
export interface HaltReport {
  readonly killed: number
  /** From the request to the last kill. */
  readonly tookMicros: number
  /** Whether the halt file is durable. If not, the halt holds until the supervisor ends. */
  readonly isDurable: boolean
}

/** A unit that a halt killed. */
export interface KilledUnit {
  readonly unit: string
  readonly incarnation: number
  readonly domain: string
}

interface Measured {
  readonly startedAt: bigint
  readonly killMicros: number
  readonly left: Map<string, KilledUnit>
  /** When the latest of a domain ended. */
  readonly lastEnd: Map<string, number>
}

/** How many halts are remembered; the oldest are forgotten. */
const remembered = 256

/** The clock of one supervisor. */
export class HaltClock {
  readonly #halts = new Map<string, Measured>()

  /** Every kill of a halt has been sent. `startedAt` is when its request came, by `process.hrtime`. */
  killed(
    scope: Scope,
    startedAt: bigint,
    { killMicros, units }: { readonly killMicros: number; readonly units: readonly KilledUnit[] },
  ): void {
    const left = new Map(units.map((unit) => [unit.unit, unit]))
    this.#halts.delete(scopeName(scope))
    this.#halts.set(scopeName(scope), { startedAt, killMicros, left, lastEnd: new Map() })
    for (const name of [...this.#halts.keys()].slice(0, -remembered)) this.#halts.delete(name)
  }

  /** Nothing of a unit's start is left. */
  ended(unit: string, incarnation: number): void {
    for (const { startedAt, left, lastEnd } of this.#halts.values()) {
      const killed = left.get(unit)
      if (killed?.incarnation !== incarnation) continue
      left.delete(unit)
      lastEnd.set(killed.domain, microsSince(startedAt))
    }
  }

  /** What is known of a halt in one domain, or null when it was not carried out by this supervisor. */
  timesOf(scope: Scope, domain: string): HaltTimes | null {
    const found = this.#halts.get(scopeName(scope))
    if (found === undefined) return null
    const { killMicros, left, lastEnd } = found
    const isOver = ![...left.values()].some((unit) => unit.domain === domain)
    return isOver ? { killMicros, deadMicros: lastEnd.get(domain) ?? killMicros } : { killMicros }
  }
}

function microsSince(startedAt: bigint): number {
  return Number((process.hrtime.bigint() - startedAt) / 1000n)
}
