/**
 * Holds a scanned ledger against the checkpoints it keeps. What a checkpoint signs was acknowledged, so a
 * ledger that ends earlier, or says something else there, has been cut, rolled back or rewritten.
 */
import type { CheckpointRing } from './checkpoint-slots.ts'
import { verifyCheckpoint } from './checkpoint.ts'
import { checkpointsFile } from './format.ts'
import type { LedgerProblem } from './problem.ts'
import { problem } from './problem.ts'
import type { Scan } from './scan.ts'

/** All that is wrong. `ends` holds the chain value at every batch end that a checkpoint names. */
export function judgeCheckpoints(
  scan: Scan,
  ring: CheckpointRing,
  ends: ReadonlyMap<number, string>,
  publicKey: string,
  domain: string,
): readonly LedgerProblem[] {
  const problems: LedgerProblem[] = []
  let seq = 0
  for (const { offset, text } of ring.checkpoints) {
    const verified = verifyCheckpoint(text, publicKey)
    if (!verified.ok) {
      problems.push(problem('damaged', checkpointsFile, offset, verified.error))
      continue
    }
    const checkpoint = verified.value
    if (checkpoint.domain !== domain) {
      problems.push(
        problem('wrong-domain', checkpointsFile, offset, `this is a checkpoint of ${checkpoint.domain}`),
      )
    }
    if (checkpoint.seq < seq) {
      problems.push(problem('damaged', checkpointsFile, offset, 'a later checkpoint covers fewer events'))
    }
    seq = checkpoint.seq
    const found = judgePosition(scan, ends, checkpoint.seq, checkpoint.hash)
    if (found !== null) problems.push(found)
  }
  return problems
}

/** Null when the ledger's chain value after `seq` is `hash`; otherwise what must have happened to it. */
export function judgePosition(
  scan: Pick<Scan, 'from' | 'seq' | 'unfinished'>,
  ends: ReadonlyMap<number, string>,
  seq: number,
  hash: string,
): LedgerProblem | null {
  // What lies before the scan is for a scan of everything to judge.
  if (seq <= scan.from) return null
  if (seq <= scan.seq) {
    if (ends.get(seq) === hash) return null
    return problem('rewritten', '', 0, `a checkpoint signs another history up to event ${seq}`)
  }
  const { unfinished } = scan
  const message = `the ledger ends at event ${scan.seq}, but a checkpoint signs event ${seq}`
  if (unfinished === null) return problem('rolled-back', '', 0, message)
  return problem('damaged', unfinished.file, unfinished.write.start, message)
}
