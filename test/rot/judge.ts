/**
 * What is owed where bytes changed: it is found by verifying; it is found, or does no harm, by opening, which
 * never ends with fewer events than there were; and with a whole mirror every byte is what it was before.
 */
import { memoryDisk } from '../../src/ledger/memory-disk.ts'
import { openSegmentLog } from '../../src/ledger/open.ts'
import { headFile } from '../../src/ledger/safety/head-record.ts'
import { reconcile } from '../../src/ledger/safety/reconcile.ts'
import { verifyLedger } from '../../src/ledger/verify.ts'
import type { Files, Sample } from './sample.ts'
import { copyOf, settled } from './sample.ts'

/** What became of one change. */
export interface Verdict {
  /** What is wrong with how it was met; empty when all is well. */
  readonly violations: readonly string[]
  /** Opening refused; otherwise it found and put right what was changed. */
  readonly isRefused: boolean
}

/** Judges a ledger whose folder and head record are now `main` and `head`; both are the caller's to lose. */
export async function judgeRot(sample: Sample, main: Files, head: Files): Promise<Verdict> {
  const violations: string[] = []
  const { options, events } = sample
  const kept = head.get(headFile)
  const { problems } = verifyLedger(memoryDisk(main), kept === undefined ? {} : { head: kept })
  if (problems.length === 0) violations.push('verifying finds nothing')
  const repaired = await repairedFrom(sample, copyOf(main))
  if (repaired !== null) violations.push(repaired)
  const opened = await openSegmentLog(
    memoryDisk(main),
    { ...options, headDisk: memoryDisk(head), isHeadExpected: () => true },
    () => undefined,
  )
  if (!opened.ok) return { violations, isRefused: true }
  const { ledger, head: end, setAside, checkpointCleared, completed, headFlaw } = opened.value
  await settled()
  ledger.close()
  if (end.seq !== events) violations.push(`it opens at event ${end.seq} of ${events}: a silent truncation`)
  const isFound = setAside !== null || checkpointCleared || completed || headFlaw !== null
  if (!isFound) violations.push('opening finds nothing')
  return { violations, isRefused: false }
}

/** Null when the mirror gives every byte back. */
async function repairedFrom({ options, mirror, main }: Sample, rotten: Files): Promise<string | null> {
  const isSame = [...main].every(([name, bytes]) =>
    Buffer.from(bytes).equals(rotten.get(name) ?? Buffer.alloc(0)),
  )
  const repairs = await reconcile(memoryDisk(rotten), memoryDisk(copyOf(mirror)), options.signer.publicKey)
  if (!repairs.ok) return `the mirror does not repair it: ${repairs.error.message}`
  if (repairs.value.length === 0 && !isSame) return 'the mirror repairs nothing'
  const wrong = [...main].find(
    ([name, bytes]) => !Buffer.from(bytes).equals(rotten.get(name) ?? Buffer.alloc(0)),
  )
  return wrong === undefined ? null : `${wrong[0]} is not what it was after the repair`
}
