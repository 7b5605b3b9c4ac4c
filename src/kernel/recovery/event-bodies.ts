/**
 * What opening a ledger had to do before anything could go on, and what the ledger is kept safe by. Recorded, so
 * that no repair is ever silent and nobody can take a safeguard away unnoticed.
 */

/** One file that was put right from another copy. */
export interface RepairedFile {
  readonly copy: 'ledger' | 'mirror' | 'head'
  readonly file: string
  /** What was there before, SHA-256 in hex; null when the file was missing. */
  readonly before: string | null
  /** How many bytes were not what they should have been. */
  readonly bytes: number
}

/** What an opening found and put right. */
export interface Recovery {
  /** At most `repairedLimit` of them. */
  readonly repaired: readonly RepairedFile[]
  /** Files that were put right and are not listed. */
  readonly more: number
  /** An unfinished write that was set aside. A doubtful one only where an operator said so. */
  readonly setAside: {
    readonly file: string
    readonly from: number
    readonly bytes: number
    readonly doubtful: boolean
  } | null
  /** Other things that were put right, in words. */
  readonly remarks: readonly string[]
  /** The operator's signed word, where something doubtful was given up. */
  readonly accepted: { readonly record: string; readonly signature: string } | null
}

/** Where the ledger is kept beside its folder. */
export interface Safeguards {
  /** There is a head record. Without it from here on, the ledger is not opened. */
  readonly head: boolean
  readonly mirror: 'none' | 'kept' | 'lost'
}

/** Event bodies of this folder, by kind. */
export interface RecoveryBodies {
  'ledger.recovered': Recovery
  'ledger.guarded': Safeguards
}

/** The most repaired files that one event lists. */
export const repairedLimit = 64
