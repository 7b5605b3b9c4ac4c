/**
 * The head record: copies of the two newest checkpoints in a file apart from the ledger's folder, so that what
 * happens to that folder does not happen to it. Two slots, written in turn, each after the ledger's own: a write
 * that is cut off never costs the only copy, and a head that is newer than the ledger means that the ledger was
 * put back or lost its end.
 */
import { checkpointsFile, sectorBytes } from '../format.ts'
import type { CheckpointRing, StoredCheckpoint } from '../checkpoint-slots.ts'
import { encodeSlot } from '../checkpoint-slots.ts'
import { verifyCheckpoint } from '../checkpoint.ts'
import type { LedgerProblem } from '../problem.ts'
import { problem } from '../problem.ts'
import { isZero, lastNonZero } from '../record.ts'

/** Name of the file, in a folder of its own. */
export const headFile = 'head'
const slots = 2
/** Length of the file. */
export const headFileBytes: number = slots * sectorBytes

/** What a head record says beside a ring of checkpoints. */
export interface HeadVerdict {
  readonly problem: LedgerProblem | null
  /** The ring with the checkpoint that only the head record still had. */
  readonly ring: CheckpointRing
  /** A checkpoint that the ring has lost and that belongs into its slot again; null when there is none. */
  readonly lost: StoredCheckpoint | null
  /** What was wrong with the head record itself and is put right by writing it anew; null for nothing. */
  readonly flaw: string | null
}

/** Offset of the slot of checkpoint `number`. */
export function headSlotOffset(number: number): number {
  return ((number - 1) % slots) * sectorBytes
}

/** The file as it should be beside `ring`. */
export function headOf(ring: CheckpointRing): Buffer {
  const bytes = Buffer.alloc(headFileBytes)
  for (const { text, checkpoint } of ring.checkpoints.slice(-slots))
    encodeSlot(text).copy(bytes, headSlotOffset(checkpoint.number))
  return bytes
}

/** Holds the head record against the ring. Each is signed by `publicKey`, or it counts as damaged. */
export function judgeHead(head: Buffer, ring: CheckpointRing, publicKey: string): HeadVerdict {
  const { found, broken } = readSlots(head, publicKey)
  const newestHere = ring.checkpoints.at(-1)?.checkpoint.number ?? 0
  const newest = found.at(-1)
  const number = newest?.checkpoint.number ?? 0
  const other = found.find((slot) => differsFrom(ring, slot))
  const stop = (code: LedgerProblem['code'], file: string, message: string): HeadVerdict => {
    return { problem: problem(code, file, 0, message), ring, lost: null, flaw: null }
  }
  if (head.length !== headFileBytes) return stop('damaged', headFile, 'the head record has the wrong length')
  if (other !== undefined)
    return stop('rewritten', '', `checkpoint ${other.checkpoint.number} is not the one in the head record`)
  if (number > newestHere + 1)
    return stop(
      'rolled-back',
      checkpointsFile,
      `the head record holds checkpoint ${number}, and the newest here is ${newestHere}`,
    )
  if (broken > 0 && newest === undefined && newestHere > 1)
    return stop('damaged', headFile, 'no slot of the head record can be read')
  const lost = newest !== undefined && number === newestHere + 1 ? newest : null
  const whole = lost === null ? ring : { checkpoints: [...ring.checkpoints, lost], unfinished: null }
  return { problem: null, ring: whole, lost, flaw: flawOf(broken, newestHere - number) }
}

function flawOf(broken: number, behind: number): string | null {
  if (broken > 0) return 'a slot of the head record was damaged'
  // A death between the two writes leaves it one behind.
  return behind > 1 ? `the head record was ${behind} checkpoints behind` : null
}

function differsFrom(ring: CheckpointRing, { checkpoint, text }: StoredCheckpoint): boolean {
  const same = ring.checkpoints.find((slot) => slot.checkpoint.number === checkpoint.number)
  return same !== undefined && same.text !== text
}

function readSlots(head: Buffer, publicKey: string): { found: readonly StoredCheckpoint[]; broken: number } {
  const found: StoredCheckpoint[] = []
  let broken = 0
  for (let offset = 0; offset < head.length; offset += sectorBytes) {
    const slot = head.subarray(offset, offset + sectorBytes)
    if (isZero(slot, 0, slot.length)) continue
    const read = readSlot(slot, publicKey)
    if (read === null || headSlotOffset(read.checkpoint.number) !== offset) broken += 1
    else found.push(read)
  }
  return { found: found.sort((a, b) => a.checkpoint.number - b.checkpoint.number), broken }
}

/** The signed checkpoint in one slot, or null. Its `offset` is that of no file. */
export function readSlot(slot: Buffer, publicKey: string): StoredCheckpoint | null {
  const text = slot.toString('utf8', 0, lastNonZero(slot, 0, slot.length))
  if (text.length === 0 || !encodeSlot(text).equals(slot)) return null
  const verified = verifyCheckpoint(text, publicKey)
  return verified.ok ? { offset: 0, text, checkpoint: verified.value } : null
}
