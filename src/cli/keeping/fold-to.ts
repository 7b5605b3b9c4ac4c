/**
 * The state at any position of a stored ledger, folded from the nearest snapshot before it or from the beginning.
 * Reads no more segments than that takes, and works beside a kernel that writes.
 */
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { Event } from '../../kernel/event.ts'
import { evolve } from '../../kernel/evolve.ts'
import type { State } from '../../kernel/state.ts'
import { initialState } from '../../kernel/state.ts'
import { segmentName } from '../../ledger/format.ts'
import type { LedgerProblem } from '../../ledger/problem.ts'
import { problem } from '../../ledger/problem.ts'
import type { ReadableDisk } from '../../ledger/readable-disk.ts'
import { segmentOrdinals } from '../../ledger/readable-disk.ts'
import type { LedgerRecord } from '../../ledger/record.ts'
import { scanSegments } from '../../ledger/scan.ts'
import { headerAt, scanStartAt } from '../../ledger/keeping/scan-start.ts'
import type { ReadSnapshot } from '../../ledger/keeping/snapshot-store.ts'

/** A state that was folded. */
export interface FoldedState {
  readonly state: State
  /** Chain value after its last event in hex; null where that is not the end of a batch. */
  readonly hash: string | null
}

/**
 * Folds up to event `to`, from `snapshot` if there is one, whose state it goes on with. `see` hears of each event
 * before the state does. A ledger that ends earlier is a problem.
 */
export function foldTo(
  disk: ReadableDisk,
  to: number,
  { snapshot, see, ended }: FoldOptions,
): Result<FoldedState, LedgerProblem> {
  const state = snapshot?.state ?? initialState()
  const start = snapshot === null ? null : scanStartAt(disk, snapshot.head.seq)
  const notHere = problem('rewritten', '', 0, 'the snapshot is not of this ledger')
  if (snapshot !== null && start === null) return err(notHere)
  let isOther = false
  let hash: string | null = null
  const visitor = {
    keepsNothing: true,
    record(record: LedgerRecord): void {
      const { fleeting } = record
      if (isOther || fleeting.seq <= state.seq || fleeting.seq > to) return
      see?.(state, record.event)
      evolve(state, fleeting)
    },
    batchEnd(seq: number, chain: string): void {
      isOther ||= seq === snapshot?.head.seq && chain !== snapshot.head.hash
      if (seq === to) hash = chain
      if (seq <= to && !isOther) ended?.(state, chain)
    },
  }
  const scan = scanSegments(segmentsUpTo(disk, to), visitor, start)
  if (isOther) return err(notHere)
  // What is wrong after the position is not asked: there may be a write under way.
  if (state.seq === to) return ok({ state, hash })
  if (!scan.ok) return scan
  return err(problem('rolled-back', '', 0, `the ledger ends at event ${scan.value.seq}, before event ${to}`))
}

/** How to fold. */
export interface FoldOptions {
  readonly snapshot: ReadSnapshot | null
  readonly see?: (state: State, event: Event) => void
  /** Hears of every batch after whose last event the state is. */
  readonly ended?: (state: State, chain: string) => void
}

/** The disk without the segments that begin after event `seq`. */
function segmentsUpTo(disk: ReadableDisk, seq: number): ReadableDisk {
  const later = new Set<string>()
  for (const ordinal of segmentOrdinals(disk).toReversed()) {
    const header = headerAt(disk, ordinal)
    if (header !== null && header.firstSeq <= seq) break
    later.add(segmentName(ordinal))
  }
  return { list: () => disk.list().filter((name) => !later.has(name)), open: (name) => disk.open(name) }
}
