/** What came of each scenario for each pair, as a table to read: client's revision → server's revision. */
import type { Pair, Side } from './pair-world.ts'

type Cell = 'passed' | 'failed' | 'none'

/** The table. */
export class PairTable {
  readonly #rows = new Map<string, Map<string, Cell>>()
  readonly #reasons = new Set<string>()

  /** The scenario held. */
  passed(scenario: string, pair: Pair): void {
    this.#put(scenario, pair, 'passed')
  }

  /** The scenario did not hold, or has only begun. */
  failed(scenario: string, pair: Pair): void {
    this.#put(scenario, pair, 'failed')
  }

  /** The specification has no such thing. */
  cannotBe(scenario: string, pair: Pair, why: string): void {
    this.#reasons.add(`–  ${scenario}: ${why}`)
    this.#put(scenario, pair, 'none')
  }

  /** Cells that were filled. */
  get count(): number {
    return this.#cells().length
  }

  /** One line for each scenario, and what the marks mean. */
  lines(): readonly string[] {
    const rows = [...this.#rows].map(([scenario, row]) => {
      const of = (cell: Cell): readonly string[] =>
        [...row].filter(([, one]) => one === cell).map(([key]) => key)
      const failed = of('failed')
      const wrong = failed.length === 0 ? '' : `, FAILED for ${failed.join('; ')}`
      const none = of('none').length === 0 ? '' : `, ${of('none').length} cannot be`
      return `${String(of('passed').length).padStart(3)} pairs${none}${wrong}  ${scenario}`
    })
    const all = this.#cells()
    const sum = (cell: Cell): number => all.filter((one) => one === cell).length
    const total = `${sum('passed')} passed, ${sum('failed')} failed, ${sum('none')} cannot be by the specification`
    return [...rows, ...this.#reasons, total]
  }

  #cells(): readonly Cell[] {
    return [...this.#rows.values()].flatMap((row) => [...row.values()])
  }

  #put(scenario: string, { client, server }: Pair, cell: Cell): void {
    const row = this.#rows.get(scenario) ?? new Map<string, Cell>()
    row.set(`${short(client)} → ${short(server)}`, cell)
    this.#rows.set(scenario, row)
  }
}

function short({ transport, revision }: Side): string {
  return `${revision} ${transport}`
}
