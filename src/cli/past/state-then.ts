/** The state of a domain after an event, folded from the nearest snapshot before it, or from the beginning. */
import { join } from 'node:path'
import type { Result } from '../../base/result.ts'
import { ok } from '../../base/result.ts'
import type { State } from '../../kernel/state.ts'
import { initialState } from '../../kernel/state.ts'
import { newestSnapshot } from '../../ledger/keeping/snapshot-store.ts'
import type { LedgerProblem } from '../../ledger/problem.ts'
import type { ReadableDisk } from '../../ledger/readable-disk.ts'
import { LedgerReader } from '../../ledger/reader.ts'
import { ownCode } from '../../seal/own-code.ts'
import { foldTo } from '../keeping/fold-to.ts'

/** The state after event `seq` of the ledger on `disk`, whose domain's folder is `domainFolder`. */
export function stateAfter(
  domainFolder: string,
  disk: ReadableDisk,
  seq: number,
): Result<State, LedgerProblem> {
  if (seq === 0) return ok(initialState())
  const reader = new LedgerReader(disk)
  const begun = reader.at(1)
  if (!begun.ok) return begun
  const { kind, body } = begun.value?.event ?? { kind: null, body: null }
  const ledgerKey = kind === 'domain.created' ? body.ledgerKey : ''
  const trust = () => ({ domain: reader.domain() ?? '', ledgerKey, code: ownCode() })
  const found = newestSnapshot(join(domainFolder, 'snapshots'), trust(), { atMost: seq })
  const folded = foldTo(disk, seq, { snapshot: found })
  // A snapshot is a cache: where the ledger does not continue it, the ledger is folded from its beginning.
  const sure = folded.ok || found === null ? folded : foldTo(disk, seq, { snapshot: null })
  return sure.ok ? ok(sure.value.state) : sure
}
