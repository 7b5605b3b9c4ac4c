/**
 * Verifies a stored ledger and reports everything that is wrong with it. Needs nothing but the folder; a
 * checkpoint or a key kept elsewhere makes the verdict independent of whoever could write to the folder.
 */
import { sha256Hex } from '../base/hash.ts'
import { id } from '../base/ids.ts'
import type { Seq } from '../base/ids.ts'
import type { BlobStore } from './blobs.ts'
import type { CheckpointRing } from './checkpoint-slots.ts'
import { readCheckpointRing, slotOffset } from './checkpoint-slots.ts'
import { parseCheckpoint, verifyCheckpoint } from './checkpoint.ts'
import { checkpointsFile, segmentOrdinal, tornDigest } from './format.ts'
import { judgeCheckpoints, judgePosition } from './judge-checkpoints.ts'
import type { Head } from './port.ts'
import { presentView } from './present-view.ts'
import type { LedgerProblem } from './problem.ts'
import { problem } from './problem.ts'
import type { ReadableDisk } from './readable-disk.ts'
import { readWhole } from './readable-disk.ts'
import type { LedgerRecord } from './record.ts'
import { headFile, judgeHead } from './safety/head-record.ts'
import type { Scan, ScanStart, ScanVisitor } from './scan.ts'
import { scanSegments } from './scan.ts'

/** What to hold the ledger against, beside itself. */
export interface VerifyOptions {
  /** Text of a checkpoint kept elsewhere, earlier or later than the ledger's end. */
  readonly checkpoint?: string
  /** The ledger key as known from elsewhere; otherwise the one that event 1 names. */
  readonly publicKey?: string
  /** Where payload blobs are; when given, every blob an event names must be there and whole. */
  readonly blobs?: BlobStore
  /** The head record, read before the ledger is: a ledger that is being written to is then never behind it. */
  readonly head?: Uint8Array
  /** Sees every record that verified, in order: for what is checked beside, in the same pass. */
  readonly also?: (record: LedgerRecord) => void
  /** Where to begin, and the key that event 1 names, where what comes before is in an archive that is away. */
  readonly from?: { readonly start: ScanStart; readonly ledgerKey: string }
}

/** What was found. `problems` is empty exactly when everything holds. */
export interface VerifyReport {
  readonly domain: string | null
  readonly events: number
  readonly batches: number
  readonly head: Head
  /** How many kept checkpoints there are. */
  readonly checkpoints: number
  /** True when a verified checkpoint covers the last event, so that cutting anything off would be found. */
  readonly sealed: boolean
  /** The key that checkpoints were verified with. */
  readonly publicKey: string | null
  readonly problems: readonly LedgerProblem[]
}

/** Verifies everything on `disk`. Nothing may write to it meanwhile; otherwise use `verifyPresent`. */
export function verifyLedger(disk: ReadableDisk, options: VerifyOptions = {}): VerifyReport {
  const problems: LedgerProblem[] = []
  const ring = readRing(disk, problems)
  const ends = new Map<number, string>()
  const wanted = new Set(ring?.checkpoints.map((slot) => slot.checkpoint.seq))
  const given = options.checkpoint === undefined ? null : parseCheckpoint(options.checkpoint)
  if (given !== null && given.ok) wanted.add(given.value.seq)
  const counts = { seq: 0, batches: 0, hash: '0'.repeat(64) }
  let ledgerKey: string | null = options.from?.ledgerKey ?? null
  const visitor: ScanVisitor = {
    keepsNothing: options.also === undefined,
    record(record) {
      // Building every event, of which only the first is looked at, would cost more than checking all of them.
      if (counts.seq === 0) ledgerKey ??= ledgerKeyIn(record)
      if (options.blobs !== undefined) problems.push(...judgeBlob(record, options.blobs))
      options.also?.(record)
    },
    batchEnd(seq, hash) {
      counts.seq = seq
      counts.hash = hash
      counts.batches++
      if (wanted.has(seq)) ends.set(seq, hash)
    },
  }
  const scan = scanSegments(disk, visitor, options.from?.start ?? null)
  const publicKey = options.publicKey ?? ledgerKey
  if (!scan.ok) problems.push(scan.error)
  else problems.push(...judgeEnd(scan.value, ring, ends, publicKey, ledgerKey))
  if (options.checkpoint !== undefined) {
    problems.push(...judgeGiven(options.checkpoint, publicKey, counts.seq, scan.ok ? scan.value : null, ends))
  }
  if (options.head !== undefined && ring !== null && publicKey !== null)
    problems.push(...judgeHeadRecord(Buffer.from(options.head), ring, publicKey))
  problems.push(...judgeOtherFiles(disk))
  const newest = ring?.checkpoints.at(-1)?.checkpoint
  return {
    domain: scan.ok ? scan.value.domain : null,
    events: counts.seq,
    batches: counts.batches,
    head: { seq: id<Seq>(counts.seq), hash: counts.hash },
    checkpoints: ring?.checkpoints.length ?? 0,
    sealed: problems.length === 0 && newest !== undefined && newest.seq === counts.seq,
    publicKey,
    problems,
  }
}

function ledgerKeyIn({ event }: LedgerRecord): string | null {
  return event.kind === 'domain.created' && event.seq === 1 ? event.body.ledgerKey : null
}

const looks = 5

/**
 * Verifies a ledger that may be being written to. A write caught in the middle looks unfinished, so that
 * verdict is given only if it stands after several looks.
 */
export function verifyPresent(disk: ReadableDisk, options: VerifyOptions = {}): VerifyReport {
  for (let look = 1; ; look++) {
    const report = verifyLedger(presentView(disk), options)
    const mayBeInFlight =
      report.problems.length > 0 &&
      report.problems.every(({ code }) => code === 'unfinished' || code === 'doubtful')
    if (!mayBeInFlight || look === looks) return report
  }
}

function readRing(disk: ReadableDisk, problems: LedgerProblem[]): CheckpointRing | null {
  const bytes = readWhole(disk, checkpointsFile)
  if (bytes === null) {
    problems.push(problem('damaged', checkpointsFile, 0, 'the checkpoints file is missing'))
    return null
  }
  const ring = readCheckpointRing(bytes)
  if (!ring.ok) problems.push(ring.error)
  else if (ring.value.unfinished !== null) {
    problems.push(
      problem('unfinished', checkpointsFile, ring.value.unfinished, 'a checkpoint is cut off or damaged'),
    )
  }
  return ring.ok ? ring.value : null
}

function judgeEnd(
  scan: Scan,
  ring: CheckpointRing | null,
  ends: ReadonlyMap<number, string>,
  publicKey: string | null,
  ledgerKey: string | null,
): readonly LedgerProblem[] {
  const problems: LedgerProblem[] = []
  if (scan.unfinished !== null) {
    const { file, write, doubt } = scan.unfinished
    const code = doubt === null ? 'unfinished' : 'doubtful'
    const message = `bytes after the last batch: ${doubt ?? 'an unfinished write'}`
    problems.push(problem(code, file, write.start, message))
  }
  if (scan.completion !== null) {
    const { file, offset } = scan.completion
    problems.push(problem('unfinished', file, offset, 'the end of the hash of the last batch is missing'))
  }
  if (scan.seq > 0 && ledgerKey === null)
    problems.push(problem('damaged', '', 0, 'event 1 does not name the ledger key'))
  if (scan.seq > 0 && ledgerKey !== null && ledgerKey !== publicKey) {
    problems.push(problem('wrong-key', '', 0, 'the ledger was begun for another ledger key'))
  }
  if (ring === null || ring.checkpoints.length === 0 || publicKey === null) return problems
  return [...problems, ...judgeCheckpoints(scan, ring, ends, publicKey, scan.domain ?? '')]
}

function judgeHeadRecord(head: Buffer, ring: CheckpointRing, publicKey: string): readonly LedgerProblem[] {
  const { problem: found, lost, flaw } = judgeHead(head, ring, publicKey)
  if (found !== null) return [found]
  const missing = 'a checkpoint that the head record holds is missing'
  return [
    ...(lost === null
      ? []
      : [problem('damaged', checkpointsFile, slotOffset(lost.checkpoint.number), missing)]),
    ...(flaw === null ? [] : [problem('damaged', headFile, 0, flaw)]),
  ]
}

function judgeGiven(
  text: string,
  publicKey: string | null,
  seq: number,
  scan: Scan | null,
  ends: ReadonlyMap<number, string>,
): readonly LedgerProblem[] {
  if (publicKey === null)
    return [problem('wrong-key', '', 0, 'there is no key to verify the checkpoint with')]
  const verified = verifyCheckpoint(text, publicKey)
  if (!verified.ok) return [problem('wrong-key', '', 0, `the given checkpoint: ${verified.error}`)]
  if (scan !== null && scan.domain !== null && verified.value.domain !== scan.domain) {
    return [problem('wrong-domain', '', 0, `the given checkpoint is of domain ${verified.value.domain}`)]
  }
  const upTo = { from: scan?.from ?? 0, seq, unfinished: scan?.unfinished ?? null }
  const found = judgePosition(upTo, ends, verified.value.seq, verified.value.hash)
  return found === null ? [] : [found]
}

function judgeBlob(record: LedgerRecord, blobs: BlobStore): readonly LedgerProblem[] {
  if (record.stored?.form !== 'blob') return []
  const { digest } = record.stored
  const sealed = blobs.get(digest)
  if (sealed !== null && sha256Hex(sealed) === digest) return []
  const what = sealed === null ? 'is missing' : 'is damaged'
  return [problem('damaged', digest, 0, `the payload of event ${record.event.seq} ${what}`)]
}

function judgeOtherFiles(disk: ReadableDisk): readonly LedgerProblem[] {
  const problems: LedgerProblem[] = []
  for (const name of disk.list()) {
    if (name === checkpointsFile || segmentOrdinal(name) !== null) continue
    const digest = tornDigest(name)
    if (digest === null) problems.push(problem('damaged', name, 0, 'this file is not part of a ledger'))
    else if (sha256Hex(readWhole(disk, name) ?? '') !== digest) {
      problems.push(problem('damaged', name, 0, 'the set-aside bytes are not those the name states'))
    }
  }
  return problems
}
