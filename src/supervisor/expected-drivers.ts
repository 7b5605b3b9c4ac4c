/**
 * The drivers that may fail next, as far as one can tell: those that were started last. The spare adapter is told of
 * them, without any secret, and keeps a machine warm for each. A driver that was removed, replaced, given up or halted is
 * expected no more.
 */
import type { StdioProgram } from '../kernel/manifest.ts'
import { standsStill } from './halts-in-force.ts'
import type { Supervision } from './supervision.ts'
import type { Work } from './unit.ts'
import { driverUnitName } from './unit.ts'

/** What is known of one beforehand. */
export interface ExpectedDriver {
  readonly domain: string
  readonly program: StdioProgram
}

/** A machine that stands idle takes some 40 MiB. */
const most = 3
/** What is said of them fits into one line of an adapter's task. */
const mostBytes = 200_000

/** Remembers the latest. */
export class ExpectedDrivers {
  /** By the names of their units, the latest last. */
  readonly #latest = new Map<string, ExpectedDriver>()

  /** All of them, the latest last. */
  get all(): readonly ExpectedDriver[] {
    return [...this.#latest.values()]
  }

  /** It was started. */
  started({ domain, driver }: Extract<Work, { readonly kind: 'driver' }>): void {
    const unit = driverUnitName(domain, driver.driver)
    this.#latest.delete(unit)
    if (driver.program.protocol === 'mcp-stdio') this.#latest.set(unit, { domain, program: driver.program })
    for (const oldest of this.#latest.keys()) {
      if (this.#latest.size <= most && Buffer.byteLength(JSON.stringify(this.all)) <= mostBytes) return
      this.#latest.delete(oldest)
    }
  }

  /** Forgets those that will not be started again as they were. True when there were any. */
  review(state: Supervision): boolean {
    const gone = [...this.#latest].filter(([unit, expected]) => !mayComeBack(state, unit, expected))
    for (const [unit] of gone) this.#latest.delete(unit)
    return gone.length > 0
  }
}

function mayComeBack(state: Supervision, name: string, { program }: ExpectedDriver): boolean {
  const unit = state.units.get(name)
  if (unit?.work.kind !== 'driver' || !unit.isWanted || unit.phase === 'given-up') return false
  const isSame = JSON.stringify(unit.work.driver.program) === JSON.stringify(program)
  return isSame && standsStill(state, unit) === null
}
