/**
 * Reads a ledger from a position on, each event once, and says with every batch from where to go on. That is all it
 * takes for a consumer to have every event exactly once: to keep the position together with what it made of the
 * events, in one transaction or one file.
 */
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { LedgerProblem } from '../problem.ts'
import { problem } from '../problem.ts'
import type { ReadableDisk } from '../readable-disk.ts'
import { segmentOrdinals } from '../readable-disk.ts'
import type { LedgerPosition, ReadBatch } from '../reader.ts'
import { LedgerReader } from '../reader.ts'
import type { LedgerRecord } from '../record.ts'
import { readFacts } from './segment-facts.ts'
import type { TailPosition } from './tail-position.ts'
import { showTailPosition } from './tail-position.ts'

/** Events that were not read before. */
export interface TailBatch {
  readonly records: readonly LedgerRecord[]
  /** The position after the last of them. */
  readonly position: TailPosition
}

/** One reader's way through a ledger that may be being written to. */
export class Subscription {
  readonly #disk: ReadableDisk
  readonly #from: TailPosition | null
  #reading: { readonly position: LedgerPosition; readonly ledgerId: string } | null = null

  /** Goes on from `from`, or begins with the first event. */
  constructor(disk: ReadableDisk, from: TailPosition | null) {
    this.#disk = disk
    this.#from = from
  }

  /**
   * The next events, or null when there are none yet. A problem means that the position is of another history, or
   * that the ledger is damaged; nothing comes after it.
   */
  next(): Result<TailBatch | null, LedgerProblem> {
    if (this.#reading === null) {
      const rest = this.#begin()
      if (!rest.ok || rest.value !== null) return rest
    }
    if (this.#reading === null) return ok(null)
    const { position, ledgerId } = this.#reading
    const batch = position.next()
    if (!batch.ok) return batch
    return ok(batch.value === null ? null : tailBatch(ledgerId, batch.value, 0))
  }

  /** Finds the position. Returns what is left of its batch, if anything is. */
  #begin(): Result<TailBatch | null, LedgerProblem> {
    const ledgerId = ledgerIdOf(this.#disk)
    const from = this.#from
    if (ledgerId === null) return from === null || from.seq === 0 ? ok(null) : err(ahead(from))
    if (from !== null && from.ledgerId !== ledgerId)
      return err(problem('rewritten', '', 0, `the position ${showTailPosition(from)} is of another ledger`))
    const seq = from?.seq ?? 0
    const position = new LedgerReader(this.#disk).from(Math.max(1, seq))
    if (!position.ok) return position
    const reading = { position: position.value, ledgerId }
    if (from === null || seq === 0) {
      this.#reading = reading
      return ok(null)
    }
    const batch = position.value.next()
    if (!batch.ok) return batch
    if (batch.value === null) return err(ahead(from))
    if (batch.value.hash !== from.chain || batch.value.seq < seq)
      return err(problem('rewritten', '', 0, `event ${seq} is not the one that the position was taken at`))
    this.#reading = reading
    return ok(batch.value.seq === seq ? null : tailBatch(ledgerId, batch.value, seq))
  }
}

/** The position at event `seq` of a batch. */
export function positionIn({ position }: TailBatch, seq: number): TailPosition {
  return { ...position, seq }
}

/** The newest segments come first: the oldest may be archived and away. */
function ledgerIdOf(disk: ReadableDisk): string | null {
  for (const ordinal of segmentOrdinals(disk).toReversed()) {
    const facts = readFacts(disk, ordinal)
    if (facts !== null) return facts.ledgerId
  }
  return null
}

function tailBatch(ledgerId: string, { records, seq, hash }: ReadBatch, after: number): TailBatch {
  const position = { ledgerId, seq, chain: hash }
  return { records: after === 0 ? records : records.filter(({ event }) => event.seq > after), position }
}

function ahead({ seq }: TailPosition): LedgerProblem {
  return problem('rolled-back', '', 0, `the ledger ends before event ${seq}, which was read already`)
}
