/** Where the projection of a domain is, and how far it is beside its ledger. */
import { join } from 'node:path'
import type { ProjectionState } from '../projection/projection.ts'
import { projectionState } from '../projection/projection.ts'
import type { HomePaths } from './home.ts'
import { openLedgerFolder } from './ledger-folder.ts'

/** The database that a domain's ledger is projected into. */
export function projectionFile({ domain }: HomePaths): string {
  return join(domain, 'projections', 'ledger.sqlite')
}

/** How far it is, or null when there is none, and where the ledger is. */
export function projectionLag(paths: HomePaths): {
  readonly state: ProjectionState | null
  readonly ledger: number
} {
  return { state: projectionState(projectionFile(paths)), ledger: openLedgerFolder(paths).index.end }
}
