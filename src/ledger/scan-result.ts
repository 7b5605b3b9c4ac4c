/** What a scan of a ledger begins with, tells its caller as it goes, and comes to. */
import type { LedgerRecord } from './record.ts'
import type { ExpectedWrite } from './unfinished.ts'

/** What a scan tells its caller as it goes, in order. */
export interface ScanVisitor {
  /** True when it looks at a record, and at what a record gives it, only while it is shown it; events may be kept. */
  readonly keepsNothing?: boolean
  record(record: LedgerRecord): void
  /** After the records of a batch: position and chain value (hex) of its end. */
  batchEnd(seq: number, hash: string): void
}

/** An unfinished write: `bytes` are what stands from `write.start` of `file` on, to the last byte not zero. */
export interface UnfinishedWrite {
  readonly file: string
  readonly write: ExpectedWrite
  readonly bytes: Buffer
  /** Why the bytes may have been acknowledged, or null when they certainly were not. */
  readonly doubt: string | null
}

/** The end of a batch's hash that is missing in `file`. The scan went on as if it were there. */
export interface Completion {
  readonly file: string
  readonly offset: number
  readonly bytes: Uint8Array
}

/** What a whole ledger turned out to be. */
export interface Scan {
  /** The last event before the first one that was scanned: 0 unless the scan began later. */
  readonly from: number
  /** Last event, or 0. */
  readonly seq: number
  /** Chain value at the end, 32 bytes; zeros when there is no segment with anything in it. */
  readonly hash: Buffer
  readonly batches: number
  readonly domain: string | null
  readonly ledgerId: Buffer | null
  /** Ordinal of the segment that ends the ledger, 0 when nothing was ever written. */
  readonly segment: number
  /** Offset of the next batch in that segment. */
  readonly offset: number
  /** Format version of that segment, 0 when there is none. */
  readonly version: number
  /** Ordinal of the last segment file, prepared ones included. */
  readonly lastSegment: number
  readonly unfinished: UnfinishedWrite | null
  readonly completion: Completion | null
}

/** Where a scan begins that does not begin at the beginning: with a segment, as its header says it. */
export interface ScanStart {
  readonly ordinal: number
  /** The last event before the segment. */
  readonly seq: number
  /** Chain value at the end of the segment before it; whoever starts there knows that it is right. */
  readonly previous: Buffer
  readonly domain: string
  readonly ledgerId: Buffer
}
