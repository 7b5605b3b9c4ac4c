/**
 * The first sector of a segment: whose ledger it belongs to, where in it, and the chain value it continues.
 * Its own hash is what the first batch of the segment chains to, so the header is part of the chain too.
 */
import { invariant } from '../base/fault.ts'
import { sha256 } from '../base/hash.ts'
import { domainBytesLimit, formatVersion, hashBytes, isKnownVersion, segmentHeaderBytes } from './format.ts'
import { isZero } from './record.ts'
import { readU64, writeU64 } from './u64.ts'

/** First bytes of every segment. */
export const segmentMagic: Buffer = Buffer.from('CUSTOSEG', 'latin1')

/** What a segment header says. */
export interface SegmentHeader {
  /** 1 for the first segment; one more for each. */
  readonly ordinal: number
  /** Length of the whole file. */
  readonly segmentBytes: number
  readonly firstSeq: number
  /** Chain value at the end of the segment before it; zeros in the first. */
  readonly previous: Uint8Array
  /** 16 random bytes that name this ledger. */
  readonly ledgerId: Uint8Array
  readonly domain: string
}

/** A header that was read. It shares memory with what it was read from. */
export interface ReadHeader {
  readonly header: SegmentHeader
  /** Format version of the segment. */
  readonly version: number
  readonly hash: Buffer
}

/** Why a sector is not a usable segment header. */
export type HeaderProblem = 'not-a-header' | 'unsupported'

const hashAt = segmentHeaderBytes - hashBytes
const domainAt = 88

/** True when `domain` can name a ledger: 1 to 64 bytes of lower-case letters, digits, dots and hyphens. */
export function isDomainName(domain: string): boolean {
  return domain.length <= domainBytesLimit && /^[a-z0-9][a-z0-9.-]*$/.test(domain)
}

/** Writes the header at `at` and returns its hash. */
export function writeSegmentHeader(header: SegmentHeader, buffer: Buffer, at: number): Buffer {
  invariant(isDomainName(header.domain), 'the domain cannot name a ledger')
  const sector = buffer.subarray(at, at + segmentHeaderBytes).fill(0)
  segmentMagic.copy(sector)
  sector.writeUInt32LE(formatVersion, 8)
  sector.writeUInt32LE(header.ordinal, 12)
  writeU64(sector, header.segmentBytes, 16)
  writeU64(sector, header.firstSeq, 24)
  sector.set(header.previous, 32)
  sector.set(header.ledgerId, 64)
  sector.writeUInt32LE(header.domain.length, 80)
  sector.write(header.domain, domainAt, 'latin1')
  const hash = Buffer.from(sha256(sector.subarray(0, hashAt)))
  hash.copy(sector, hashAt)
  return hash
}

/** The header in the first sector of `buffer`. */
export function readSegmentHeader(buffer: Buffer): ReadHeader | HeaderProblem {
  if (buffer.length < segmentHeaderBytes) return 'not-a-header'
  const sector = buffer.subarray(0, segmentHeaderBytes)
  const hash = sector.subarray(hashAt)
  if (sector.compare(segmentMagic, 0, 8, 0, 8) !== 0) return 'not-a-header'
  if (!hash.equals(sha256(sector.subarray(0, hashAt)))) return 'not-a-header'
  const version = sector.readUInt32LE(8)
  if (!isKnownVersion(version)) return 'unsupported'
  const domainLength = sector.readUInt32LE(80)
  if (domainLength > domainBytesLimit) return 'not-a-header'
  const domain = sector.toString('latin1', domainAt, domainAt + domainLength)
  const reservedIsZero = isZero(sector, 84, domainAt) && isZero(sector, domainAt + domainLength, hashAt)
  if (!isDomainName(domain) || !reservedIsZero) return 'not-a-header'
  const header: SegmentHeader = {
    ordinal: sector.readUInt32LE(12),
    segmentBytes: readU64(sector, 16),
    firstSeq: readU64(sector, 24),
    previous: sector.subarray(32, 64),
    ledgerId: sector.subarray(64, 80),
    domain,
  }
  return { header, version, hash }
}
