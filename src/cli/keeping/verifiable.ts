/**
 * What of a ledger can be verified here: all of it, or, where its archive is away, everything from the first segment
 * that is here on. The list of what is archived says how the chain stood there.
 */
import { join } from 'node:path'
import { segmentHeaderBytes, segmentName } from '../../ledger/format.ts'
import { readableFolder } from '../../ledger/node-disk.ts'
import type { ReadableDisk } from '../../ledger/readable-disk.ts'
import { segmentOrdinals } from '../../ledger/readable-disk.ts'
import type { ScanStart } from '../../ledger/scan.ts'
import { readSegmentHeader } from '../../ledger/segment-header.ts'
import { archiveOf, isArchiveHere, withArchive } from '../../ledger/keeping/ledger-disk.ts'

/** A ledger to verify. */
export interface Verifiable {
  readonly disk: ReadableDisk
  /** Where verifying begins, and the key that event 1 names, where event 1 is away. */
  readonly from?: { readonly start: ScanStart; readonly ledgerKey: string }
}

/** The ledger of the domain in `domainFolder`. */
export function verifiable(domainFolder: string): Verifiable {
  const own = readableFolder(join(domainFolder, 'ledger'))
  const archive = archiveOf(domainFolder)
  if (archive === null) return { disk: own }
  const last = archive.segments.at(-1)
  const ordinal = segmentOrdinals(own)[0]
  const isWhole = last === undefined || ordinal === undefined || ordinal !== last.ordinal + 1
  if (isWhole || isArchiveHere(archive)) return { disk: withArchive(own, archive) }
  const ledgerId = ledgerIdOf(own, ordinal)
  const previous = Buffer.from(last.chain, 'hex')
  const start = { ordinal, seq: last.lastSeq, previous, domain: archive.domain, ledgerId }
  return { disk: own, from: { start, ledgerKey: archive.ledgerKey } }
}

/** Of a header that is damaged nothing is known; the scan says so. */
function ledgerIdOf(disk: ReadableDisk, ordinal: number): Buffer {
  const file = disk.open(segmentName(ordinal))
  const sector = Buffer.from(file?.read(0, segmentHeaderBytes) ?? [])
  file?.close()
  const read = sector.length === segmentHeaderBytes ? readSegmentHeader(sector) : 'not-a-header'
  return typeof read === 'string' ? Buffer.alloc(16) : Buffer.from(read.header.ledgerId)
}
