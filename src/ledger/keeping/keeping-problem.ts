/** What can go wrong with copies of a ledger, in words for whoever runs the command. */

/** A segment is wanted that is in an archive which is not there. The message says what to do. */
export class ArchiveAway extends Error {
  override readonly name = 'ArchiveAway'
}

/** A copy cannot be made, or is not what it should be. What was there before is as it was, or can be completed. */
export class CopyProblem extends Error {
  override readonly name = 'CopyProblem'
}
