/**
 * Opens a ledger for writing: scans and replays all of it, holds it against the checkpoints it signed and the
 * head record kept apart from it, sets an unfinished write aside, and goes on where it ended. Anything that is
 * not whole and not an unfinished write stops the opening with the place and the reason; acknowledged history
 * is never cut off, and what may have been acknowledged only if an operator says so.
 *
 * Nothing may write to the folder meanwhile: hold the writer lock.
 */
import { sha256Hex } from '../base/hash.ts'
import { invariant } from '../base/fault.ts'
import type { Entropy } from '../base/ports.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import type { CheckpointRing } from './checkpoint-slots.ts'
import { checkpointsFileBytes } from './checkpoint-slots.ts'
import { judgeCheckpoints } from './judge-checkpoints.ts'
import { checkpointsFile, formatVersion, roundUp, sectorBytes, segmentName, tornName } from './format.ts'
import type { Disk, Head } from './port.ts'
import type { LedgerProblem } from './problem.ts'
import { problem } from './problem.ts'
import type { LedgerRecord } from './record.ts'
import { scanStartAt } from './keeping/scan-start.ts'
import { openOrCreate, writeTo } from './safety/durable-write.ts'
import { headFile } from './safety/head-record.ts'
import type { Kept } from './safety/kept-checkpoints.ts'
import { putBack, readKept } from './safety/kept-checkpoints.ts'
import type { Completion, Scan, ScanVisitor, UnfinishedWrite } from './scan.ts'
import { scanSegments } from './scan.ts'
import type { SegmentLog, SegmentLogOptions } from './segment-log.ts'
import { continueSegmentLog } from './segment-log.ts'

/** What opening needs. */
export interface OpenOptions extends SegmentLogOptions {
  /** Names a new ledger. */
  readonly entropy: Entropy
  /** What `replay` promises: see `ScanVisitor`. */
  readonly keepsNothing?: boolean
  /** A position whose state the caller has: nothing up to it is replayed, and nothing before its segment is read. */
  readonly from?: Head
  /** Where the head record is kept, apart from the ledger; without it there is none. */
  readonly headDisk?: Disk
  /** Asked once all is replayed and nothing is changed yet: whether there was a head record before. */
  readonly isHeadExpected?: () => boolean
  /** Asked likewise, where something is doubtful: whether an operator has said to go on all the same. */
  readonly isAccepted?: (doubt: Doubt) => boolean
}

/** Something that opening cannot decide, and that one statement of an operator can name exactly. */
export interface Doubt {
  readonly what: 'end' | 'head'
  /** The first position that is given up, or the last one there is when the head record is missing. */
  readonly seq: number
  /** SHA-256 in hex of the bytes in doubt; of the end of the chain when the head record is missing. */
  readonly digest: string
}

/** An unfinished write that was set aside. Unless it was doubtful, it was never acknowledged. */
export interface SetAside {
  readonly file: string
  /** Position its first event would have had. */
  readonly firstSeq: number
  readonly bytes: number
  readonly doubtful: boolean
}

/** An opened ledger. */
export interface OpenedLog {
  readonly ledger: SegmentLog
  readonly head: Head
  readonly setAside: SetAside | null
  /** True when the newest checkpoint was cut off and its slot was cleared. */
  readonly checkpointCleared: boolean
  /** True when the last batch lacked the end of its hash, which was put there. */
  readonly completed: boolean
  /** What was wrong with the head record, or the ring beside it, and was put right; null for nothing. */
  readonly headFlaw: string | null
  /** True when there is a head record from now on, and there was none before. */
  readonly headBegun: boolean
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
  const kept = readKept(disk, options.headDisk, options.signer.publicKey)
  if (!kept.ok) return kept
  const { ring } = kept.value
  const ends = new Map<number, string>()
  const wanted = new Set(ring?.checkpoints.map((slot) => slot.checkpoint.seq))
  const { from } = options
  const start = from === undefined ? null : scanStartAt(disk, from.seq)
  if (from !== undefined) {
    if (start === null) return err(notThisHistory)
    wanted.add(from.seq)
  }
  let ledgerKey: string | null = null
  const visitor: ScanVisitor = {
    keepsNothing: options.keepsNothing === true,
    record(record) {
      const { fleeting } = record
      if (fleeting.kind === 'domain.created' && fleeting.seq === 1) ledgerKey = fleeting.body.ledgerKey
      if (fleeting.seq > (from?.seq ?? 0)) replay(record)
    },
    batchEnd: (seq, hash) => void (wanted.has(seq) && ends.set(seq, hash)),
  }
  const scan = scanSegments(disk, visitor, start)
  if (!scan.ok) return scan
  if (from !== undefined && ends.get(from.seq) !== from.hash) return err(notThisHistory)
  const found =
    disagreement(scan.value, ring, ends, ledgerKey, options) ??
    unacceptedDoubt(scan.value, kept.value, options)
  if (found !== null) return err(found)
  return goOn(disk, options, scan.value, kept.value)
}

const notThisHistory = problem('rewritten', '', 0, 'the position to go on from is not in this ledger')

/** What an operator must decide and has not. */
function unacceptedDoubt(scan: Scan, { ring, head }: Kept, options: OpenOptions): LedgerProblem | null {
  const { unfinished } = scan
  const isAccepted = (doubt: Doubt): boolean => options.isAccepted?.(doubt) === true
  const isHeadMissing = options.headDisk !== undefined && head.bytes === null && ring !== null
  if (isHeadMissing && options.isHeadExpected?.() === true) {
    const doubt: Doubt = { what: 'head', seq: scan.seq, digest: scan.hash.toString('hex') }
    if (!isAccepted(doubt))
      return problem(
        'doubtful',
        headFile,
        0,
        'the head record is missing, so nothing says whether the end is',
      )
  }
  if (unfinished === null || unfinished.doubt === null || isAccepted(doubtOf(unfinished))) return null
  const { file, write, doubt, bytes } = unfinished
  const message = `${doubt}; the last ${bytes.length} bytes, from event ${write.firstSeq} on, may have been acknowledged`
  return problem('doubtful', file, write.start, message)
}

/** What an operator who gives up the end of a ledger names. */
export function doubtOf({ write, bytes }: UnfinishedWrite): Doubt {
  return { what: 'end', seq: write.firstSeq, digest: sha256Hex(bytes) }
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
  { ring, head }: Kept,
): Promise<Result<OpenedLog, LedgerProblem>> {
  // The checkpoints file comes first, so that a ledger with events and without one is known to be damaged.
  const checkpoints = await openOrCreate(disk, checkpointsFile, checkpointsFileBytes)
  if (!checkpoints.ok) return checkpoints
  const headRecord = await putBack({ ring, head }, checkpoints.value, options.headDisk)
  if (!headRecord.ok) return headRecord
  const completed = scan.completion === null ? ok(null) : await complete(disk, scan.completion)
  if (!completed.ok) return completed
  const setAside = scan.unfinished === null ? ok(null) : await setUnfinishedAside(disk, scan.unfinished)
  if (!setAside.ok) return setAside
  const file = scan.segment === 0 ? null : disk.open(segmentName(scan.segment))
  // A segment of an older version counts as full: what follows begins one of the present version.
  const offset = scan.version === formatVersion ? scan.offset : (file?.length ?? 0)
  const ledger = continueSegmentLog(disk, options, {
    seq: scan.seq,
    hash: scan.hash,
    ledgerId: scan.ledgerId ?? options.entropy.bytes(16),
    current: file === null ? null : { file, ordinal: scan.segment, offset },
    checkpoints: checkpoints.value,
    head: headRecord.value,
    nextCheckpoint: (ring?.checkpoints.at(-1)?.checkpoint.number ?? 0) + 1,
  })
  return ok({
    ledger,
    head: ledger.head,
    setAside: setAside.value,
    checkpointCleared: (ring?.unfinished ?? null) !== null,
    completed: scan.completion !== null,
    headFlaw: head.lost === null ? head.flaw : 'a checkpoint was lost, and the head record still had it',
    headBegun: options.headDisk !== undefined && head.bytes === null,
  })
}

async function complete(
  disk: Disk,
  { file, offset, bytes }: Completion,
): Promise<Result<null, LedgerProblem>> {
  const segment = disk.open(file)
  invariant(segment !== null, `${file} was there a moment ago`)
  const written = await writeTo(segment, offset, bytes)
  segment.close()
  return written
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
  const copied = await writeTo(aside.value, 0, padded)
  aside.value.close()
  if (!copied.ok) return copied
  const segment = disk.open(unfinished.file)
  invariant(segment !== null, `${unfinished.file} was there a moment ago`)
  const cleared = await writeTo(segment, expected.start, new Uint8Array(padded.length))
  segment.close()
  if (!cleared.ok) return cleared
  return ok({
    file: name,
    firstSeq: expected.firstSeq,
    bytes: bytes.length,
    doubtful: unfinished.doubt !== null,
  })
}
