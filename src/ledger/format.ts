/**
 * The numbers of the ledger's format; `docs/ledger-format.md` says what they mean. All integers
 * are little-endian. Everything starts at a multiple of 512 bytes, the unit a disk writes whole or not at
 * all, so that no acknowledged byte ever shares a sector with a later write.
 */

/** Version in the header of every segment that is begun. */
export const formatVersion = 2

/** True for the versions that are read. Segments of an older one are never written to. */
export function isKnownVersion(version: number): boolean {
  return version === 1 || version === formatVersion
}

/** Alignment of segment headers, batch frames and checkpoint slots. */
export const sectorBytes = 512
/** A segment header is one sector. */
export const segmentHeaderBytes = 512
/** Fixed part of a batch frame before its records. */
export const batchHeaderBytes = 64
/** Fixed part of a record before its body. */
export const recordHeaderBytes = 104
/** A SHA-256 digest. */
export const hashBytes = 32

/** Payloads up to this many bytes of plaintext ride in the record; larger ones are blobs. */
export const inlinePayloadBytes = 4096
/** Bound on the sealed form of an inline payload. */
export const inlineSealedBytes: number = 4096 + 256
/** Bound on the sealed form of any payload. */
export const sealedBytesLimit: number = 16 * 1024 * 1024
/** Bound on a body. */
export const bodyBytesLimit: number = 4 * 1024 * 1024
/** Bound on one batch frame, if the segment is not smaller. */
export const batchBytesLimit: number = 8 * 1024 * 1024
/** Shortest segment file; every length is a multiple of the sector. */
export const segmentBytesMin = 4096
/** Longest segment file. */
export const segmentBytesMax: number = 1024 * 1024 * 1024
/** Length of a new segment file unless configured. */
export const segmentBytesDefault: number = 16 * 1024 * 1024
/** UTF-8 length of a domain's name. */
export const domainBytesLimit = 64

/** Slots of the checkpoints file, one sector each. */
export const checkpointSlots = 64
/** Name of the checkpoints file. */
export const checkpointsFile = 'checkpoints'

/** `n` rounded up to a multiple of `unit`. */
export function roundUp(n: number, unit: number): number {
  return Math.ceil(n / unit) * unit
}

/** Name of the segment with that ordinal; the first is 1. */
export function segmentName(ordinal: number): string {
  return `${String(ordinal).padStart(8, '0')}.seg`
}

/** Ordinal of a segment file, or null when the name is not one. */
export function segmentOrdinal(name: string): number | null {
  return /^[0-9]{8}\.seg$/.test(name) ? Number(name.slice(0, 8)) : null
}

/** Name of the file that keeps an unfinished write which was set aside: position and SHA-256 of its bytes. */
export function tornName(firstSeq: number, digest: string): string {
  return `torn-${String(firstSeq).padStart(16, '0')}-${digest}`
}

/** The position in the name of a set-aside file, or null when the name is not one. */
export function tornSeq(name: string): number | null {
  return tornDigest(name) === null ? null : Number(name.slice(5, 21))
}

/** The digest in the name of a set-aside file, or null when the name is not one. */
export function tornDigest(name: string): string | null {
  return /^torn-[0-9]{16}-([0-9a-f]{64})$/.exec(name)?.[1] ?? null
}
