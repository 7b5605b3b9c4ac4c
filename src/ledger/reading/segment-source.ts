/** What a lookup needs of one segment, whether its postings are in a file or, while it is being filled, in memory. */
import type { Dimension } from './dimension.ts'

/** The places in one posting list, from the newest back. */
export interface PlaceCursor {
  /** The place it stands at, counted from the segment's first event; -1 at the end. */
  readonly place: number
  /** Goes on to the next older one. */
  advance(): void
  /** Goes on to the newest one that is not above `place`. */
  seek(place: number): void
}

/** One segment that can be looked up in. */
export interface SegmentSource {
  readonly ordinal: number
  readonly firstSeq: number
  /** How many events. */
  readonly count: number
  /** Ledger time of the last event. */
  readonly lastAt: number
  /** The places under `key` that are less than `below`. */
  descend(dimension: Dimension, key: number, below: number): PlaceCursor
  /** Offset in the segment's file of the batch that holds the event at `place`. */
  batchOffset(place: number): number
  /** First place of the last batch that begins before `at`, or 0. */
  placeBefore(at: number): number
}
