/**
 * Whose ledgers are to be kept as tables: a file of the domain's name in `supervisor/tables/`, put there and taken away by
 * the command line, so that the wish outlives the supervisor and can be said while none runs. It gives no authority.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isDomainName } from './scope.ts'
import { supervision } from './supervision.ts'

/** The wishes in one supervisor's folder. */
export class WantedTables {
  readonly #folder: string
  #known = ''

  constructor(folder: string) {
    this.#folder = join(folder, 'tables')
  }

  /** The domains whose tables are wanted, or null when they are those of the last time. */
  changed(): readonly string[] | null {
    const domains = namesIn(this.#folder).filter(isDomainName).slice(0, supervision.domains)
    if (domains.join() === this.#known) return null
    this.#known = domains.join()
    return domains
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}
