/**
 * Moves the oldest sealed segments of a ledger to another folder, and brings them back. Nothing is destroyed, and the
 * kernel may be running: it holds no file open but the one that it fills.
 */
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { invariant } from '../../base/fault.ts'
import { bytesToHex } from '../../base/hash.ts'
import { segmentName } from '../../ledger/format.ts'
import { readableFolder } from '../../ledger/node-disk.ts'
import type { ReadableDisk } from '../../ledger/readable-disk.ts'
import { segmentOrdinals } from '../../ledger/readable-disk.ts'
import type { ArchivedSegment, ArchiveList } from '../../ledger/keeping/archive-list.ts'
import { writeArchiveList } from '../../ledger/keeping/archive-list.ts'
import { syncFolder } from '../../ledger/replace-file.ts'
import { copyDurably, digestOfFile } from './durable-copy.ts'
import { ArchiveAway } from '../../ledger/keeping/keeping-problem.ts'
import { archiveOf } from '../../ledger/keeping/ledger-disk.ts'
import { headerAt } from '../../ledger/keeping/scan-start.ts'

/** A sealed segment that could go. */
export interface SealedSegment {
  readonly ordinal: number
  readonly firstSeq: number
  readonly lastSeq: number
  readonly chain: string
}

/** Segments after which another one holds events, oldest first, archived ones left out. */
export function sealedSegments(domainFolder: string): readonly SealedSegment[] {
  const disk = readableFolder(join(domainFolder, 'ledger'))
  const sealed: SealedSegment[] = []
  for (const ordinal of segmentOrdinals(disk)) {
    const header = headerAt(disk, ordinal)
    const next = header === null ? null : headerAt(disk, ordinal + 1)
    if (header === null || next === null) break
    const chain = bytesToHex(next.previous)
    sealed.push({ ordinal, firstSeq: header.firstSeq, lastSeq: next.firstSeq - 1, chain })
  }
  return sealed
}

/** Moves those segments, which must be the oldest ones there are, to `to`. `moved` hears of each. */
export async function archiveSegments(
  domainFolder: string,
  segments: readonly SealedSegment[],
  { to, domain, ledgerKey, moved }: ArchiveOptions,
): Promise<void> {
  const ledger = join(domainFolder, 'ledger')
  const folder = resolve(to)
  if (folder === resolve(ledger)) throw new ArchiveAway('an archive is another folder than the ledger itself')
  for (const segment of segments) {
    const archive = archiveOf(domainFolder) ?? { domain, ledgerKey, segments: [] }
    const name = segmentName(segment.ordinal)
    const known = archive.segments[segment.ordinal - 1]
    invariant(segment.ordinal <= archive.segments.length + 1, 'segments are archived from the oldest on')
    // oxlint-disable-next-line no-await-in-loop -- one segment is safe before the next is touched
    const entry = known ?? (await copyOne(readableFolder(ledger), segment, folder))
    if (known === undefined) writeArchiveList(domainFolder, withSegment(archive, entry))
    else if (!isThere(entry)) throw new ArchiveAway(`the archived copy of ${name} is not in ${entry.folder}`)
    // oxlint-disable-next-line no-await-in-loop -- the same
    await rm(join(ledger, name))
    syncFolder(ledger)
    moved?.(entry)
  }
}

/** How to archive. */
export interface ArchiveOptions {
  readonly to: string
  readonly domain: string
  readonly ledgerKey: string
  readonly moved?: (segment: ArchivedSegment) => void
}

/** Brings archived segments back, newest first, from where the list says or from `from`. Returns how many. */
export async function restoreSegments(
  domainFolder: string,
  from: string | null,
  brought?: (segment: ArchivedSegment) => void,
): Promise<number> {
  const archive = archiveOf(domainFolder)
  if (archive === null) return 0
  const left = [...archive.segments]
  for (let entry = left.pop(); entry !== undefined; entry = left.pop()) {
    const name = segmentName(entry.ordinal)
    const file = readableFolder(from ?? entry.folder).open(name)
    if (file === null) throw new ArchiveAway(`${name} is not in ${from ?? entry.folder}`)
    try {
      // oxlint-disable-next-line no-await-in-loop -- one segment is safe before the next is touched
      const digest = await copyDurably(file, join(domainFolder, 'ledger', name))
      if (digest !== entry.digest) throw await notIt(join(domainFolder, 'ledger', name), name)
    } finally {
      file.close()
    }
    writeArchiveList(domainFolder, { ...archive, segments: left })
    brought?.(entry)
  }
  return archive.segments.length
}

async function notIt(path: string, name: string): Promise<ArchiveAway> {
  await rm(path, { force: true })
  return new ArchiveAway(`${name} there is not the segment that was archived: its digest is another`)
}

async function copyOne(
  ledger: ReadableDisk,
  segment: SealedSegment,
  folder: string,
): Promise<ArchivedSegment> {
  const name = segmentName(segment.ordinal)
  const file = ledger.open(name)
  if (file === null) throw new ArchiveAway(`${name} is not in the ledger's folder`)
  try {
    const digest = await copyDurably(file, join(folder, name))
    return { ...segment, folder, bytes: file.length, digest }
  } finally {
    file.close()
  }
}

function withSegment(archive: ArchiveList, entry: ArchivedSegment): ArchiveList {
  return { ...archive, segments: [...archive.segments, entry] }
}

function isThere({ folder, ordinal, digest }: ArchivedSegment): boolean {
  const file = readableFolder(folder).open(segmentName(ordinal))
  if (file === null) return false
  try {
    return digestOfFile(file) === digest
  } finally {
    file.close()
  }
}
