/** How a domain's tables stand beside its ledger, and what the supervisor says of the process that keeps them. */
import { existsSync } from 'node:fs'
import { tablesUnitName } from '../supervisor/unit.ts'
import { showDuration } from './duration.ts'
import { visible } from './escape.ts'
import type { HomePaths } from './home.ts'
import { listOf, textOf } from './kernel-client.ts'
import { openLedgerFolder } from './ledger-folder.ts'
import { isKept, projectionFile } from './projection-file.ts'
import { projectionState } from '../projection/projection.ts'
import { askSupervisor, reachSupervisor } from './supervisor-client.ts'

/** The supervisor's process for the tables: where it stands, and how it last ended. */
export interface Keeper {
  readonly state: string
  readonly lastEnd: string
}

/** How tables stand. */
export interface TablesStanding {
  /** The last event in them; null when there are none. */
  readonly seq: number | null
  /** The last event of the ledger. */
  readonly ledger: number
  /** Events that are not in them. */
  readonly lag: number
  /** How long ago, in milliseconds, the first event happened that is not in them; 0 when none is missing. */
  readonly behindMs: number
  /** Whether the supervisor is to keep them. */
  readonly isKept: boolean
  /** Null where no process of the supervisor is for them. */
  readonly keeper: Keeper | null
}

/** Whether there is anything to say about tables: there are some, or they are wanted. */
export function hasTables(paths: HomePaths): boolean {
  return isKept(paths) || existsSync(projectionFile(paths))
}

/** How the tables of a domain stand whose ledger is at event `ledger`. */
export async function standingOf(paths: HomePaths, ledger: number): Promise<TablesStanding> {
  const seq = projectionState(projectionFile(paths))?.seq ?? null
  const missing = (seq ?? 0) + 1
  const at = missing > ledger ? null : (openLedgerFolder(paths).event(missing)?.at ?? null)
  const keeper = await keeperOf(paths)
  return {
    seq,
    ledger,
    lag: Math.max(0, ledger - (seq ?? 0)),
    behindMs: at === null ? 0 : Math.max(0, Date.now() - at),
    isKept: isKept(paths),
    keeper: keeper === 'no supervisor' ? null : keeper,
  }
}

/** What the supervisor says of the process that keeps a domain's tables; null when it has none. */
export async function keeperOf(paths: HomePaths): Promise<Keeper | 'no supervisor' | null> {
  const running = await reachSupervisor(paths)
  running?.close()
  if (running === null) return 'no supervisor'
  const { body } = await askSupervisor(paths, { op: 'status' })
  const unit = listOf(body).find((one) => textOf(one, 'unit') === tablesUnitName(paths.domainName))
  return unit === undefined ? null : { state: textOf(unit, 'state'), lastEnd: textOf(unit, 'lastEnd') }
}

/** The same in one line, safe to print. */
export function standingWords({ seq, ledger, lag, behindMs, isKept, keeper }: TablesStanding): string {
  const far =
    seq === null
      ? 'there are no tables yet'
      : lag === 0
        ? `up to date at event ${seq}`
        : `at event ${seq} of ${ledger}: ${lag} events, ${showDuration(behindMs)} behind`
  return `${far}; ${keptWords(isKept, keeper, lag)}`
}

function keptWords(isKept: boolean, keeper: Keeper | null, lag: number): string {
  if (!isKept) return 'not kept by themselves: custos projection on'
  if (keeper === null) return 'kept as soon as the supervisor runs'
  const ended = keeper.lastEnd === '' ? '' : ` (it ${visible(keeper.lastEnd)})`
  if (keeper.state === 'running') return `kept by the supervisor${lag === 0 ? '' : ended}`
  return keeper.state === 'given-up'
    ? `GIVEN UP${ended}: see supervisor/tables.log, then custos projection off and on`
    : `its process does not run now${ended}`
}
