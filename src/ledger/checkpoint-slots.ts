/**
 * The `checkpoints` file: a ring of sectors, each holding one signed checkpoint or nothing. Bounded, because
 * the newest checkpoint covers all of history; a ring, because overwriting the only copy could lose it.
 * Checkpoints are numbered, so which slot is next, and that none is missing, needs no other record.
 */
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import type { Checkpoint } from './checkpoint.ts'
import { parseCheckpoint } from './checkpoint.ts'
import { checkpointSlots, checkpointsFile, sectorBytes } from './format.ts'
import type { LedgerProblem } from './problem.ts'
import { problem } from './problem.ts'
import { isZero, lastNonZero } from './record.ts'

/** Length of the file. */
export const checkpointsFileBytes: number = checkpointSlots * sectorBytes

/** One slot that holds a checkpoint; its signature is not judged yet. */
export interface StoredCheckpoint {
  readonly offset: number
  readonly text: string
  readonly checkpoint: Checkpoint
}

/** What the file holds. */
export interface CheckpointRing {
  /** Oldest first. */
  readonly checkpoints: readonly StoredCheckpoint[]
  /** Offset of a slot whose text is cut off, where the next checkpoint would have gone; or null. */
  readonly unfinished: number | null
}

/** Offset of the slot of checkpoint `number`. */
export function slotOffset(number: number): number {
  return ((number - 1) % checkpointSlots) * sectorBytes
}

/** One slot's bytes. */
export function encodeSlot(text: string): Buffer {
  const slot = Buffer.alloc(sectorBytes)
  slot.write(text, 'utf8')
  return slot
}

/** Reads all slots. A slot that is not whole is tolerated only where the next checkpoint would go. */
export function readCheckpointRing(bytes: Buffer): Result<CheckpointRing, LedgerProblem> {
  if (bytes.length !== checkpointsFileBytes)
    return damaged(bytes.length, 'the checkpoints file has the wrong length')
  const found: StoredCheckpoint[] = []
  const broken: { offset: number; why: string }[] = []
  for (let offset = 0; offset < bytes.length; offset += sectorBytes) {
    const slot = bytes.subarray(offset, offset + sectorBytes)
    if (isZero(slot, 0, sectorBytes)) continue
    const text = slot.toString('utf8', 0, lastNonZero(slot, 0, sectorBytes))
    const parsed = encodeSlot(text).equals(slot) ? parseCheckpoint(text) : err('a slot is not UTF-8 text')
    if (!parsed.ok) broken.push({ offset, why: parsed.error })
    else if (slotOffset(parsed.value.number) !== offset)
      return damaged(offset, 'a checkpoint is in another slot')
    else found.push({ offset, text, checkpoint: parsed.value })
  }
  found.sort((a, b) => a.checkpoint.number - b.checkpoint.number)
  return judge(found, broken)
}

function judge(
  found: readonly StoredCheckpoint[],
  broken: readonly { readonly offset: number; readonly why: string }[],
): Result<CheckpointRing, LedgerProblem> {
  const newest = found.at(-1)?.checkpoint.number ?? 0
  const next = slotOffset(newest + 1)
  const unexpected = broken.find((slot) => slot.offset !== next)
  if (unexpected !== undefined) return damaged(unexpected.offset, unexpected.why)
  // The slot after the newest may be the oldest checkpoint, unfinished, or empty after an unfinished one.
  const oldest = Math.max(1, newest - checkpointSlots + 2)
  for (let number = oldest; number <= newest; number++) {
    const held = found.some((slot) => slot.checkpoint.number === number)
    if (!held) return damaged(slotOffset(number), `checkpoint ${number} is missing`)
  }
  return ok({ checkpoints: found, unfinished: broken[0]?.offset ?? null })
}

function damaged(offset: number, message: string): Result<never, LedgerProblem> {
  return err(problem('damaged', checkpointsFile, offset, message))
}
