/** The newest checkpoint that a ledger keeps beside its segments, as its key signed it. */
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { Checkpoint } from '../../ledger/checkpoint.ts'
import { verifyCheckpoint } from '../../ledger/checkpoint.ts'
import { readCheckpointRing } from '../../ledger/checkpoint-slots.ts'
import { checkpointsFile } from '../../ledger/format.ts'
import type { LedgerProblem } from '../../ledger/problem.ts'
import { problem } from '../../ledger/problem.ts'
import type { ReadableDisk } from '../../ledger/readable-disk.ts'
import { readWhole } from '../../ledger/readable-disk.ts'

/** The newest checkpoint, with its text, or why there is none that holds. */
export function newestCheckpoint(
  disk: ReadableDisk,
  publicKey: string,
): Result<Checkpoint & { readonly text: string }, LedgerProblem> {
  const bytes = readWhole(disk, checkpointsFile)
  if (bytes === null) return err(problem('damaged', checkpointsFile, 0, 'the checkpoints file is missing'))
  const ring = readCheckpointRing(bytes)
  if (!ring.ok) return ring
  const newest = ring.value.checkpoints.at(-1)
  if (newest === undefined) return err(problem('damaged', checkpointsFile, 0, 'there is no checkpoint yet'))
  const verified = verifyCheckpoint(newest.text, publicKey)
  if (!verified.ok) return err(problem('damaged', checkpointsFile, newest.offset, verified.error))
  return ok({ ...verified.value, text: newest.text })
}
