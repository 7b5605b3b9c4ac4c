/**
 * What can be wrong with a stored ledger. A problem always says where, so that an operator can look, copy
 * or restore exactly that file; nothing here is ever repaired by guessing.
 */

/** Why a ledger could not be opened or did not verify. Closed: callers switch on these. */
export type LedgerProblemCode =
  | 'damaged' // bytes are not what was written, or are missing
  | 'unfinished' // an unfinished write at the very end; opening for writing sets it aside
  | 'doubtful' // the very end does not verify and may have been acknowledged; an operator decides
  | 'rewritten' // whole in itself, but not the history that a checkpoint signs
  | 'rolled-back' // ends before a position that a checkpoint signs
  | 'wrong-key' // signed or made for another key than the one given
  | 'wrong-domain' // belongs to another domain
  | 'unsupported' // a format version this program does not know
  | 'disk' // the disk refused an operation

/** One problem. `file` is a plain name within the ledger's folder, empty when it concerns no one file. */
export interface LedgerProblem {
  readonly code: LedgerProblemCode
  readonly file: string
  readonly offset: number
  readonly message: string
}

/** Builds a problem. */
export function problem(
  code: LedgerProblemCode,
  file: string,
  offset: number,
  message: string,
): LedgerProblem {
  return { code, file, offset, message }
}
