/**
 * Copies a ledger, which may be being written to, into a backup folder: segments up to the newest checkpoint, that
 * checkpoint, and payload blobs; never keys. What is there already and whole is not copied again. The result is a
 * ledger by itself, which verifies offline; without the keys nobody can read a payload of it or go on with it.
 */
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Checkpoint } from '../../ledger/checkpoint.ts'
import { checkpointsFile, segmentName } from '../../ledger/format.ts'
import { readableFolder } from '../../ledger/node-disk.ts'
import { presentView } from '../../ledger/present-view.ts'
import type { ReadableDisk, ReadableFile } from '../../ledger/readable-disk.ts'
import { readWhole, segmentOrdinals } from '../../ledger/readable-disk.ts'
import { scanSegments } from '../../ledger/scan.ts'
import { copyDurably } from './durable-copy.ts'
import { CopyProblem } from '../../ledger/keeping/keeping-problem.ts'
import { ledgerDisk } from '../../ledger/keeping/ledger-disk.ts'
import { newestCheckpoint } from './newest-checkpoint.ts'
import { headerAt, scanStartAt } from '../../ledger/keeping/scan-start.ts'
import { batchEndAt, chainAt, reaches } from './segment-walk.ts'

/** What was backed up. */
export interface BackupReport {
  /** The checkpoint that it is consistent with: its last event is the last one in the backup. */
  readonly checkpoint: Checkpoint & { readonly text: string }
  readonly segmentsCopied: number
  readonly segmentsKept: number
  readonly blobsCopied: number
}

/** Backs up the domain in `domainFolder`, whose checkpoints `ledgerKey` signs, to the folder `to`. */
export async function backUp(
  domainFolder: string,
  to: string,
  { ledgerKey, copied }: { readonly ledgerKey: string; readonly copied?: (name: string) => void },
): Promise<BackupReport> {
  const disk = presentView(ledgerDisk(domainFolder))
  const newest = newestCheckpoint(disk, ledgerKey)
  if (!newest.ok) throw new CopyProblem(newest.error.message)
  const checkpoint = newest.value
  const ledger = join(to, 'ledger')
  mkdirSync(ledger, { recursive: true, mode: 0o700 })
  const before = refuseOther(disk, readableFolder(ledger), checkpoint, ledgerKey)
  const segments = await copySegments(disk, ledger, checkpoint.seq, copied)
  const blobsCopied = await copyBlobs(join(domainFolder, 'blobs'), join(to, 'blobs'), null, copied)
  const ring = disk.open(checkpointsFile)
  if (ring === null) throw new CopyProblem('the checkpoints are gone')
  await copyDurably(ring, join(ledger, checkpointsFile))
  judge(readableFolder(ledger), checkpoint, Math.min(before + 1, checkpoint.seq))
  return { checkpoint, ...segments, blobsCopied }
}

/** Never writes over the backup of another ledger or of another history. Returns the last event it has. */
function refuseOther(disk: ReadableDisk, backup: ReadableDisk, own: Checkpoint, ledgerKey: string): number {
  if (backup.open(checkpointsFile) === null) return 0
  const there = newestCheckpoint(backup, ledgerKey)
  if (!there.ok)
    throw new CopyProblem(
      `the folder holds something else than a backup of this ledger: ${there.error.message}`,
    )
  const { seq, hash } = there.value
  if (seq > own.seq)
    throw new CopyProblem(
      `the backup has event ${seq}, and this ledger is signed up to ${own.seq}: it was put back`,
    )
  if (chainAt(disk, seq) !== hash)
    throw new CopyProblem(
      `the backup has another history up to event ${seq}: choose another folder, and find out why`,
    )
  return seq
}

/** Copies what is not there, up to event `seq`. A segment that is there counts when its chain reaches its end. */
export async function copySegments(
  disk: ReadableDisk,
  to: string,
  seq: number,
  told: ((name: string) => void) | undefined,
): Promise<{ readonly segmentsCopied: number; readonly segmentsKept: number }> {
  const backup = readableFolder(to)
  let [segmentsCopied, segmentsKept] = [0, 0]
  for (const ordinal of segmentOrdinals(disk)) {
    const header = headerAt(disk, ordinal)
    if (header === null || header.firstSeq > seq) break
    const next = headerAt(disk, ordinal + 1)
    const isSealed = next !== null && next.firstSeq <= seq + 1
    const name = segmentName(ordinal)
    if (isSealed && isWhole(backup, name, Buffer.from(next.previous).toString('hex'))) segmentsKept += 1
    else {
      // oxlint-disable-next-line no-await-in-loop -- one segment after another: memory is bounded
      await copySegment(disk, name, join(to, name), seq)
      segmentsCopied += 1
      told?.(name)
    }
  }
  return { segmentsCopied, segmentsKept }
}

function isWhole(backup: ReadableDisk, name: string, chain: string): boolean {
  const bytes = readWhole(backup, name)
  return bytes !== null && reaches(bytes, chain)
}

/** Copies one segment up to the batch that ends with event `seq`; what comes after it is zero in the copy. */
async function copySegment(disk: ReadableDisk, name: string, to: string, seq: number): Promise<void> {
  const bytes = readWhole(disk, name)
  const last = bytes === null ? null : batchEndAt(bytes, seq)
  if (bytes === null || last === null)
    throw new CopyProblem(`${name} cannot be copied: it is damaged. Run: custos ledger verify`)
  bytes.fill(0, last.end)
  await copyDurably(inMemory(name, bytes), to)
}

function inMemory(name: string, bytes: Buffer): ReadableFile {
  return {
    name,
    length: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + length),
    close: () => undefined,
  }
}

/** Copies the blobs that are not there, all of them or those in `wanted`. Returns how many. */
export async function copyBlobs(
  from: string,
  to: string,
  wanted: ReadonlySet<string> | null,
  told?: (name: string) => void,
): Promise<number> {
  let count = 0
  for (const shelf of namesIn(from).filter((name) => /^[0-9a-f]{2}$/u.test(name))) {
    const have = new Set(namesIn(join(to, shelf)))
    const source = readableFolder(join(from, shelf))
    const missing = source
      .list()
      .filter((name) => blobName.test(name) && !have.has(name) && (wanted === null || wanted.has(name)))
    for (const name of missing) {
      const file = source.open(name)
      if (file === null) continue
      // oxlint-disable-next-line no-await-in-loop -- one file after another: memory is bounded
      const digest = await copyDurably(file, join(to, shelf, name)).finally(() => file.close())
      if (digest !== name) throw new CopyProblem(`blob ${name} is damaged: run custos ledger verify`)
      count += 1
      told?.(name)
    }
  }
  return count
}

const blobName = /^[0-9a-f]{64}$/u

function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}

/** Reads what is new in the backup once more, as whoever restores it would. */
function judge(backup: ReadableDisk, { seq, hash }: Checkpoint, from: number): void {
  const scan = scanSegments(
    backup,
    { keepsNothing: true, record: () => undefined, batchEnd: () => undefined },
    scanStartAt(backup, from),
  )
  if (!scan.ok)
    throw new CopyProblem(`the backup does not verify: ${scan.error.message} (${scan.error.file})`)
  if (scan.value.seq !== seq || scan.value.hash.toString('hex') !== hash)
    throw new CopyProblem('the backup does not end with the checkpoint: try again')
}
