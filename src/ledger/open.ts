/**
 * Opens a ledger for writing: scans and replays all of it, holds it against the checkpoints it signed, sets
 * an unfinished write aside, and goes on where it ended. Anything that is not whole and not an unfinished
 * write stops the opening with the place and the reason; acknowledged history is never cut off.
 *
 * Nothing may write to the folder meanwhile: hold the writer lock.
 */
import { sha256Hex } from '../base/hash.ts'
import { invariant } from '../base/fault.ts'
import type { Entropy } from '../base/ports.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import type { CheckpointRing } from './checkpoint-slots.ts'
import { checkpointsFileBytes, readCheckpointRing } from './checkpoint-slots.ts'
import { judgeCheckpoints } from './judge-checkpoints.ts'
import { checkpointsFile, roundUp, sectorBytes, segmentName, tornName } from './format.ts'
import type { Disk, DiskFile, Head } from './port.ts'
import type { LedgerProblem } from './problem.ts'
import { problem } from './problem.ts'
import { readWhole } from './readable-disk.ts'
import type { LedgerRecord } from './record.ts'
import type { Scan, UnfinishedWrite } from './scan.ts'
import { scanSegments } from './scan.ts'
import type { SegmentLog, SegmentLogOptions } from './segment-log.ts'
import { continueSegmentLog } from './segment-log.ts'

/** What opening needs. */
export interface OpenOptions extends SegmentLogOptions {
  /** Names a new ledger. */
  readonly entropy: Entropy
}

/** An unfinished write that was set aside: it was never acknowledged. */
export interface SetAside {
  readonly file: string
  /** Position its first event would have had. */
  readonly firstSeq: number
  readonly bytes: number
}

/** An opened ledger. */
export interface OpenedLog {
  readonly ledger: SegmentLog
  readonly head: Head
  readonly setAside: SetAside | null
  /** True when the newest checkpoint was cut off and its slot was cleared. */
  readonly checkpointCleared: boolean
}

/**
 * Opens the ledger on `disk`, or begins one where there is nothing. `replay` gets every record in order;
 * what it made of them is void unless the result is a success.
 */
export async function openSegmentLog(
  disk: Disk,
  options: OpenOptions,
  replay: (record: LedgerRecord) => void,
): Promise<Result<OpenedLog, LedgerProblem>> {
  const ring = readRing(disk)
  if (!ring.ok) return ring
  const ends = new Map<number, string>()
  const wanted = new Set(ring.value?.checkpoints.map((slot) => slot.checkpoint.seq))
  let ledgerKey: string | null = null
  const scan = scanSegments(disk, {
    record(record) {
      const { event } = record
      if (event.kind === 'domain.created' && event.seq === 1) ledgerKey = event.body.ledgerKey
      replay(record)
    },
    batchEnd: (seq, hash) => void (wanted.has(seq) && ends.set(seq, hash)),
  })
  if (!scan.ok) return scan
  const found = disagreement(scan.value, ring.value, ends, ledgerKey, options)
  if (found !== null) return err(found)
  return goOn(disk, options, scan.value, ring.value)
}

function readRing(disk: Disk): Result<CheckpointRing | null, LedgerProblem> {
  const bytes = readWhole(disk, checkpointsFile)
  return bytes === null ? ok(null) : readCheckpointRing(bytes)
}

function disagreement(
  scan: Scan,
  ring: CheckpointRing | null,
  ends: ReadonlyMap<number, string>,
  ledgerKey: string | null,
  options: OpenOptions,
): LedgerProblem | null {
  if (scan.domain !== null && scan.domain !== options.domain) {
    return problem('wrong-domain', segmentName(1), 0, `this is the ledger of domain ${scan.domain}`)
  }
  if (ledgerKey !== null && ledgerKey !== options.signer.publicKey) {
    return problem('wrong-key', '', 0, 'the ledger was begun for another ledger key')
  }
  if (ring !== null)
    return judgeCheckpoints(scan, ring, ends, options.signer.publicKey, options.domain)[0] ?? null
  if (scan.seq === 0) return null
  return problem('damaged', checkpointsFile, 0, 'the checkpoints file is missing')
}

async function goOn(
  disk: Disk,
  options: OpenOptions,
  scan: Scan,
  ring: CheckpointRing | null,
): Promise<Result<OpenedLog, LedgerProblem>> {
  // The checkpoints file comes first, so that a ledger with events and without one is known to be damaged.
  const checkpoints = await openOrCreate(disk, checkpointsFile, checkpointsFileBytes)
  if (!checkpoints.ok) return checkpoints
  const unfinishedSlot = ring?.unfinished ?? null
  if (unfinishedSlot !== null) {
    const cleared = await write(checkpoints.value, unfinishedSlot, new Uint8Array(sectorBytes))
    if (!cleared.ok) return cleared
  }
  const setAside = scan.unfinished === null ? ok(null) : await setUnfinishedAside(disk, scan.unfinished)
  if (!setAside.ok) return setAside
  const file = scan.segment === 0 ? null : disk.open(segmentName(scan.segment))
  const ledger = continueSegmentLog(disk, options, {
    seq: scan.seq,
    hash: scan.hash,
    ledgerId: scan.ledgerId ?? options.entropy.bytes(16),
    current: file === null ? null : { file, ordinal: scan.segment, offset: scan.offset },
    checkpoints: checkpoints.value,
    nextCheckpoint: (ring?.checkpoints.at(-1)?.checkpoint.number ?? 0) + 1,
  })
  return ok({
    ledger,
    head: ledger.head,
    setAside: setAside.value,
    checkpointCleared: unfinishedSlot !== null,
  })
}

/** Copies the bytes to a file of their own, and only when that is durable clears them. */
async function setUnfinishedAside(
  disk: Disk,
  unfinished: UnfinishedWrite,
): Promise<Result<SetAside, LedgerProblem>> {
  const { write: expected, bytes } = unfinished
  const padded = Buffer.alloc(roundUp(bytes.length, sectorBytes))
  padded.set(bytes)
  const name = tornName(expected.firstSeq, sha256Hex(padded))
  const aside = await openOrCreate(disk, name, padded.length)
  if (!aside.ok) return aside
  const copied = await write(aside.value, 0, padded)
  aside.value.close()
  if (!copied.ok) return copied
  const segment = disk.open(unfinished.file)
  invariant(segment !== null, `${unfinished.file} was there a moment ago`)
  const cleared = await write(segment, expected.start, new Uint8Array(padded.length))
  segment.close()
  return cleared.ok ? ok({ file: name, firstSeq: expected.firstSeq, bytes: bytes.length }) : cleared
}

function openOrCreate(disk: Disk, name: string, length: number): Promise<Result<DiskFile, LedgerProblem>> {
  return new Promise((resolve) => {
    const existing = disk.open(name)
    if (existing !== null) return resolve(ok(existing))
    disk.create(name, length, (result) => {
      resolve('code' in result ? err(problem('disk', name, 0, result.message)) : ok(result))
    })
  })
}

function write(file: DiskFile, offset: number, bytes: Uint8Array): Promise<Result<null, LedgerProblem>> {
  return new Promise((resolve) => {
    file.write(offset, bytes, (failure) => {
      resolve(failure === null ? ok(null) : err(problem('disk', file.name, offset, failure.message)))
    })
  })
}
