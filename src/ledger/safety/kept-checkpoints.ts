/**
 * The checkpoints that a ledger keeps: the ring in its folder and the head record apart from it. What one of them
 * has lost in a crash, or by damage, the other gives back.
 */
import type { Result } from '../../base/result.ts'
import { ok, err } from '../../base/result.ts'
import type { CheckpointRing, StoredCheckpoint } from '../checkpoint-slots.ts'
import { encodeSlot, readCheckpointRing, slotOffset } from '../checkpoint-slots.ts'
import { checkpointsFile, sectorBytes } from '../format.ts'
import type { Disk, DiskFile } from '../port.ts'
import type { LedgerProblem } from '../problem.ts'
import { readWhole } from '../readable-disk.ts'
import { openOrCreate, writeTo } from './durable-write.ts'
import { headFile, headFileBytes, headOf, headSlotOffset, judgeHead } from './head-record.ts'

/** The checkpoints a ledger is held against, and what is to be written so that both files have them. */
export interface Kept {
  readonly ring: CheckpointRing | null
  readonly head: {
    readonly bytes: Buffer | null
    readonly lost: StoredCheckpoint | null
    readonly flaw: string | null
  }
}

/** Reads both files of checkpoints, and holds one against the other. `publicKey` is what they are signed with. */
export function readKept(
  disk: Disk,
  headDisk: Disk | undefined,
  publicKey: string,
): Result<Kept, LedgerProblem> {
  const bytes = readWhole(disk, checkpointsFile)
  const ring = bytes === null ? null : readCheckpointRing(bytes)
  if (ring !== null && !ring.ok) return ring
  const head = headDisk === undefined ? null : readWhole(headDisk, headFile)
  if (head === null) return ok({ ring: ring?.value ?? null, head: { bytes: null, lost: null, flaw: null } })
  const judged = judgeHead(head, ring?.value ?? { checkpoints: [], unfinished: null }, publicKey)
  if (judged.problem !== null) return err(judged.problem)
  const { lost, flaw } = judged
  return ok({ ring: ring === null && lost === null ? null : judged.ring, head: { bytes: head, lost, flaw } })
}

/** Writes what either lacks, the ring first. Returns the head record to write on; null where none is kept. */
export async function putBack(
  { ring, head }: Kept,
  checkpoints: DiskFile,
  headDisk: Disk | undefined,
): Promise<Result<DiskFile | null, LedgerProblem>> {
  const slot = slotToWrite(ring?.unfinished ?? null, head.lost)
  const written = slot === null ? ok(null) : await writeTo(checkpoints, slot.offset, slot.bytes)
  return written.ok ? openHead(headDisk, head.bytes, ring) : written
}

function slotToWrite(
  unfinished: number | null,
  lost: StoredCheckpoint | null,
): { readonly offset: number; readonly bytes: Uint8Array } | null {
  if (lost !== null) return { offset: slotOffset(lost.checkpoint.number), bytes: encodeSlot(lost.text) }
  return unfinished === null ? null : { offset: unfinished, bytes: new Uint8Array(sectorBytes) }
}

/** The head record as it should be beside `ring`: slots that are not are written, the older one first. */
async function openHead(
  disk: Disk | undefined,
  bytes: Buffer | null,
  ring: CheckpointRing | null,
): Promise<Result<DiskFile | null, LedgerProblem>> {
  if (disk === undefined) return ok(null)
  const file = await openOrCreate(disk, headFile, headFileBytes)
  if (!file.ok) return file
  const wanted = headOf(ring ?? { checkpoints: [], unfinished: null })
  const numbers = ring?.checkpoints.slice(-2).map(({ checkpoint }) => checkpoint.number) ?? []
  for (const offset of numbers.map(headSlotOffset)) {
    const slot = wanted.subarray(offset, offset + sectorBytes)
    if (bytes?.subarray(offset, offset + sectorBytes).equals(slot) === true) continue
    // oxlint-disable-next-line no-await-in-loop -- the other slot must be whole before this one is written
    const written = await writeTo(file.value, offset, slot)
    if (!written.ok) return written
  }
  return file
}
