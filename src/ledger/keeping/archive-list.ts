/**
 * Which sealed segments of a ledger are kept in another folder: `archived.json` beside the ledger's folder. An entry
 * is written when the copy is durable and has been read back, and before the segment goes, so a segment is always in
 * at least one of the two places; where it is in both, the one in the ledger's folder is read.
 */
import { readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { canonicalJson } from '../../base/canonical-json.ts'
import type { Json } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { Members } from '../../base/shape.ts'
import { list, object, parse, text, whole } from '../../base/shape.ts'
import { parseStrictJson } from '../../base/strict-json.ts'
import { replaceFile, syncFolder } from '../replace-file.ts'

/** A segment that was archived. */
export interface ArchivedSegment {
  readonly ordinal: number
  /** Where its file is, under its own name. */
  readonly folder: string
  readonly bytes: number
  /** SHA-256 in hex of the whole file. */
  readonly digest: string
  readonly firstSeq: number
  readonly lastSeq: number
  /** Chain value after its last event, in hex. */
  readonly chain: string
}

/** What is archived of one ledger, in order and from the first segment on without a gap. */
export interface ArchiveList {
  readonly domain: string
  /** The key that event 1 names: it may not be here to ask. */
  readonly ledgerKey: string
  readonly segments: readonly ArchivedSegment[]
}

const hex64 = text('must be 64 hex digits', (value) => /^[0-9a-f]{64}$/u.test(value))
const anyText = text('must be text', (value) => value.length > 0 && value.length <= 4096)
const segmentMembers: Members<ArchivedSegment> = {
  ordinal: whole(1),
  folder: anyText,
  bytes: whole(1),
  digest: hex64,
  firstSeq: whole(1),
  lastSeq: whole(1),
  chain: hex64,
}
const listMembers: Members<ArchiveList> = {
  domain: anyText,
  ledgerKey: anyText,
  segments: list(object(segmentMembers), 1_000_000),
}
const limits = { maxBytes: 268_435_456, maxDepth: 4, maxValues: 8_388_608 }

/** The file of the list, beside the ledger's folder. */
export function archiveListFile(domainFolder: string): string {
  return join(domainFolder, 'archived.json')
}

/** What is archived, or null when nothing is. The error says what is wrong with the file. */
export function readArchiveList(domainFolder: string): Result<ArchiveList | null, string> {
  const path = archiveListFile(domainFolder)
  let bytes: Uint8Array
  try {
    bytes = readFileSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ok(null)
    return err(`${path} cannot be read: ${(error as Error).message}`)
  }
  const json = parseStrictJson(bytes, limits)
  const parsed = json.ok ? parse(object(listMembers), json.value, 'The list') : err(json.error.message)
  if (!parsed.ok) return err(`${path} is damaged: ${parsed.error}`)
  const isInOrder = parsed.value.segments.every(({ ordinal }, index) => ordinal === index + 1)
  return isInOrder ? parsed : err(`${path} is damaged: a segment is missing from it`)
}

/** Writes the list, durable when this returns; one without segments is no file. */
export function writeArchiveList(domainFolder: string, archive: ArchiveList): void {
  const path = archiveListFile(domainFolder)
  if (archive.segments.length > 0) return replaceFile(path, canonicalJson(archive as unknown as Json))
  rmSync(path, { force: true })
  syncFolder(dirname(path))
}
