/**
 * Lookups in a ledger that another process may be writing to: the newest events of a process, a capability, a kind, an
 * operator, or of several of these at once; and the place of an instant in the order of events. Reads what it needs of
 * the index files and no more; takes no lock, and changes nothing but those files.
 */
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { EventKind } from '../../kernel/event.ts'
import { eventCodes } from '../../kernel/event-codes.ts'
import type { BatchFrame } from '../batch.ts'
import { segmentName } from '../format.ts'
import type { LedgerProblem } from '../problem.ts'
import { problem } from '../problem.ts'
import type { ReadableDisk } from '../readable-disk.ts'
import type { LedgerRecord } from '../record.ts'
import type { Dimension } from './dimension.ts'
import { IndexFile } from './index-file.ts'
import type { IndexStore } from './index-store.ts'
import { memoryIndexes } from './index-store.ts'
import { matches } from './matches.ts'
import type { SegmentSource } from './segment-source.ts'
import { SegmentSources } from './sources.ts'
import { firstNotBefore, readBatchAt, recordIn } from './verified-batch.ts'

/** What is looked for. Every term that is given must hold; without any, every event is found. */
export interface EventQuery {
  readonly process?: number
  readonly capability?: number
  readonly kind?: EventKind
  readonly operator?: number
  /** Only events from this position on. */
  readonly from?: number
  /** Only events before this position. */
  readonly before?: number
}

/** One ledger, looked up in. Keep it to look again: what was read stays in memory, within bounds. */
export class LedgerIndex {
  readonly #disk: ReadableDisk
  readonly #sources: SegmentSources
  #batch: { readonly ordinal: number; readonly frame: BatchFrame } | null = null

  /** Index files go to `store`; without one they are kept in memory, the latest few. */
  constructor(disk: ReadableDisk, store: IndexStore = memoryIndexes()) {
    this.#disk = disk
    this.#sources = new SegmentSources(disk, store)
  }

  /** Takes in what was written since the last time; everything else is as of then. */
  refresh(): Result<null, LedgerProblem> {
    const found = this.#sources.refresh()
    return found === null ? ok(null) : err(found)
  }

  /** Position of the last event, or 0. */
  get end(): number {
    const { tail } = this.#sources
    return tail === null ? 0 : tail.firstSeq + tail.count - 1
  }

  /** Id of the ledger in hex, or null while it is empty. */
  get ledgerId(): string | null {
    return this.#sources.segments[0]?.ledgerId ?? null
  }

  /**
   * Positions of the newest events that `query` finds, at most `limit`, newest first. Throws `ArchiveAway` where an
   * archive that is not there would have to be looked at.
   */
  newest(query: EventQuery, limit: number): Result<readonly number[], LedgerProblem> {
    const found: number[] = []
    const terms = termsOf(query)
    const { from = 1, before = Infinity } = query
    const { segments } = this.#sources
    for (let index = segments.length - 1; index >= 0 && found.length < limit; index--) {
      if ((segments[index]?.firstSeq ?? 0) >= before) continue
      const upTo = segments[index + 1]?.firstSeq ?? Infinity
      if (upTo <= from) break
      const taken = this.#take(index, terms, { from, before }, limit, found)
      if (taken !== null) return err(taken)
    }
    if (found.length < limit) this.#needAll(from)
    return ok(found)
  }

  /** The record of event `seq`, its batch hashed; null when there is none yet. */
  at(seq: number): Result<LedgerRecord | null, LedgerProblem> {
    const index = this.#sources.segments.findLastIndex(({ firstSeq }) => firstSeq <= seq)
    if (index < 0) this.#needAll(seq)
    if (index < 0 || seq > this.end) return ok(null)
    const frame = this.#frame(index, seq)
    if (!frame.ok) return frame
    const record = recordIn(frame.value, seq)
    if (record.ok) return record
    const { ordinal } = this.#sources.segments[index] ?? { ordinal: 0 }
    return err(problem('damaged', segmentName(ordinal), 0, `event ${seq}: ${record.error}`))
  }

  /** Position of the first event that is not before the instant `at`, or that after the last one. */
  firstNotBefore(at: number): Result<number, LedgerProblem> {
    const { segments } = this.#sources
    let [low, high] = [0, segments.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      const source = this.#sources.at(middle)
      if (!source.ok) return source
      if (source.value.lastAt < at) low = middle + 1
      else high = middle
    }
    if (low === segments.length) return ok(this.end + 1)
    const source = this.#sources.at(low)
    if (!source.ok) return source
    const frame = this.#frame(low, source.value.firstSeq + source.value.placeBefore(at))
    return frame.ok ? ok(firstNotBefore(frame.value, at)) : frame
  }

  /** Throws where events from `from` on are in an archive that is not there. */
  #needAll(from: number): void {
    const { away, segments } = this.#sources
    if (away !== null && from < (segments[0]?.firstSeq ?? Infinity)) throw away
  }

  #take(
    index: number,
    terms: readonly Term[],
    { from, before }: { readonly from: number; readonly before: number },
    limit: number,
    found: number[],
  ): LedgerProblem | null {
    for (;;) {
      const source = this.#sources.at(index)
      if (!source.ok) return source.error
      const had = found.length
      const { firstSeq, count } = source.value
      const below = Math.min(count, before - firstSeq)
      for (const place of matches(source.value, terms, below)) {
        if (firstSeq + place < from) break
        found.push(firstSeq + place)
        if (found.length === limit) break
      }
      if (!isDamaged(source.value)) return null
      found.length = had
    }
  }

  #frame(index: number, seq: number): Result<BatchFrame, LedgerProblem> {
    const { ordinal } = this.#sources.segments[index] ?? { ordinal: 0 }
    const kept = this.#batch
    if (
      kept?.ordinal === ordinal &&
      seq >= kept.frame.firstSeq &&
      seq < kept.frame.firstSeq + kept.frame.count
    )
      return ok(kept.frame)
    for (;;) {
      const source = this.#sources.at(index)
      if (!source.ok) return source
      const offset = source.value.batchOffset(seq - source.value.firstSeq)
      if (isDamaged(source.value)) continue
      const frame = readBatchAt(this.#disk, ordinal, offset, seq)
      if (frame.ok) this.#batch = { ordinal, frame: frame.value }
      return frame
    }
  }
}

/** One term of a query. */
export type Term = readonly [Dimension, number]

function termsOf({ process, capability, kind, operator }: EventQuery): readonly Term[] {
  const terms: Term[] = []
  if (process !== undefined) terms.push(['process', process])
  if (capability !== undefined) terms.push(['capability', capability])
  if (operator !== undefined) terms.push(['operator', operator])
  if (kind !== undefined) terms.push(['kind', eventCodes[kind]])
  return terms
}

function isDamaged(source: SegmentSource): boolean {
  return source instanceof IndexFile && source.damaged
}
