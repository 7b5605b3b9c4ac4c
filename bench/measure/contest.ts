/**
 * The shape of a measurement: subjects of ours and references that somebody else, or the machine itself, sets.
 * A number of ours is worth nothing without one measured beside it in the same minute, so a contest is the
 * smallest thing that can be run.
 */

/** What one slice of time showed. Latencies are null where a slice has no single operations to time. */
export interface Slice {
  /** Null where only the time of one operation matters. */
  readonly perSecond: number | null
  readonly p50Us: number | null
  readonly p99Us: number | null
}

/** Something that can be measured for a slice. `slice` warms up by itself and rejects when a result is wrong. */
export interface Subject {
  readonly name: string
  slice(): Promise<Slice>
}

/** What is promised of a subject: a ratio to a reference, or with null a number by itself. */
export interface Bar {
  readonly subject: string
  readonly reference: string | null
  /** What is held against it. Of a latency the median counts, in µs where it stands by itself. */
  readonly of: 'rate' | 'latency'
  /** The least for a rate, the greatest for a latency. */
  readonly bar: number
}

/** Ours beside what it is held against; all of them do the same work, and are measured in turn. */
export interface Contest {
  /** What is done, and how: `64 in flight`. */
  readonly title: string
  /** What is counted per second: `calls`. */
  readonly unit: string
  readonly ours: readonly Subject[]
  readonly references: readonly Subject[]
  readonly bars?: readonly Bar[]
  /** What `p50Us` holds where it is no time: its name and unit. */
  readonly measure?: { readonly name: string; readonly unit: string }
  /** Most measured rounds, where one operation takes seconds. */
  readonly mostRounds?: number
}

/** A suite that was set up. */
export interface OpenSuite {
  readonly contests: readonly Contest[]
  /** Ends the processes and removes the files that the suite made. */
  close(): Promise<void>
}

/** One part of the product under measurement. */
export interface Suite {
  readonly name: string
  /**
   * Sets everything up. A slice lasts about `sliceMs`, its warm-up not counted. Nothing is asked of another machine
   * unless `isOnline`.
   */
  open(sliceMs: number, isOnline: boolean): Promise<OpenSuite>
}
