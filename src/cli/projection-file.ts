/** Where the projection of a domain is, how far it is beside its ledger, and whether the supervisor is to keep it. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tablesIn } from '../projection/keep-tables.ts'
import type { ProjectionState } from '../projection/projection.ts'
import { projectionState } from '../projection/projection.ts'
import type { HomePaths } from './home.ts'
import { openLedgerFolder } from './ledger-folder.ts'

/** The database that a domain's ledger is projected into. */
export function projectionFile({ domain }: HomePaths): string {
  return tablesIn(domain)
}

/** How far it is, or null when there is none, and where the ledger is. */
export function projectionLag(paths: HomePaths): {
  readonly state: ProjectionState | null
  readonly ledger: number
} {
  return { state: projectionState(projectionFile(paths)), ledger: openLedgerFolder(paths).index.end }
}

/** Whether the supervisor is to keep a domain's tables. */
export function isKept(paths: HomePaths): boolean {
  return existsSync(wishFile(paths))
}

/** Says whether the supervisor is to keep a domain's tables: at once where it runs, else from its start on. */
export function keep(paths: HomePaths, isWanted: boolean): void {
  if (isWanted) {
    mkdirSync(join(paths.supervisorFolder, 'tables'), { recursive: true, mode: 0o700 })
    writeFileSync(wishFile(paths), '', { mode: 0o600 })
  } else rmSync(wishFile(paths), { force: true })
}

function wishFile({ supervisorFolder, domainName }: HomePaths): string {
  return join(supervisorFolder, 'tables', domainName)
}
