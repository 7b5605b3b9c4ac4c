/**
 * A ledger's folder for reading, with its archived segments in their places. A segment whose archive is not there is
 * told as that, with what to do; a reader that does not need it never notices.
 */
import { join } from 'node:path'
import { segmentName } from '../format.ts'
import { readableFolder } from '../node-disk.ts'
import type { Disk } from '../port.ts'
import type { ReadableDisk, ReadableFile } from '../readable-disk.ts'
import type { ArchivedSegment, ArchiveList } from './archive-list.ts'
import { readArchiveList } from './archive-list.ts'
import { ArchiveAway } from './keeping-problem.ts'

/** The ledger of the domain in `domainFolder`. Throws `ArchiveAway` from `open` where an archive is missing. */
export function ledgerDisk(
  domainFolder: string,
  ledgerFolder: string = join(domainFolder, 'ledger'),
): ReadableDisk {
  return withArchive(readableFolder(ledgerFolder), archiveOf(domainFolder))
}

/** The list of what is archived. Throws where it cannot be read: nothing is to be taken for complete then. */
export function archiveOf(domainFolder: string): ArchiveList | null {
  const archive = readArchiveList(domainFolder)
  if (!archive.ok) throw new ArchiveAway(archive.error)
  return archive.value
}

/** `disk` with what `archive` lists, for reading. */
export function withArchive(disk: ReadableDisk, archive: ArchiveList | null): ReadableDisk {
  if (archive === null) return disk
  const archived = new Map(archive.segments.map((segment) => [segmentName(segment.ordinal), segment]))
  return {
    list: () => [...new Set([...disk.list(), ...archived.keys()])].sort(),
    open(name) {
      const segment = archived.get(name)
      return disk.open(name) ?? (segment === undefined ? null : openArchived(segment))
    },
  }
}

/** A disk to write to, on which archived segments can be read. */
export function writableWithArchive(disk: Disk, archive: ArchiveList | null): Disk {
  if (archive === null) return disk
  const all = withArchive(disk, archive)
  return {
    list: () => all.list(),
    create: (name, length, done) => disk.create(name, length, done),
    open(name) {
      const own = disk.open(name)
      const file = own === null ? all.open(name) : null
      if (file === null) return own
      const failure = { code: 'read-only', message: `${name} is archived` } as const
      return {
        name,
        length: file.length,
        read: (offset, length) => file.read(offset, length),
        close: () => file.close(),
        write: (_offset, _bytes, done) => queueMicrotask(() => done(failure)),
      }
    },
  }
}

/** True when every archived segment's file is there, of its length. */
export function isArchiveHere(archive: ArchiveList): boolean {
  return archive.segments.every((segment) => {
    const file = readableFolder(segment.folder).open(segmentName(segment.ordinal))
    file?.close()
    return file?.length === segment.bytes
  })
}

function openArchived(segment: ArchivedSegment): ReadableFile {
  const name = segmentName(segment.ordinal)
  const file = readableFolder(segment.folder).open(name)
  if (file?.length === segment.bytes) return file
  file?.close()
  const { firstSeq, lastSeq, folder } = segment
  throw new ArchiveAway(
    `events ${firstSeq} to ${lastSeq} are archived in ${folder}, and ${name} is not there: ` +
      'bring it back there, or run: custos ledger restore --from FOLDER with the folder that has it',
  )
}
