/**
 * The process of a call's event that stands in an earlier segment than the event which it led to: of calls that were
 * under way when a segment ended, and of those that waited for an operator. Read without hashing, like an index.
 */
import { statedLength } from '../batch.ts'
import { batchHeaderBytes, recordHeaderBytes, segmentHeaderBytes, segmentName } from '../format.ts'
import type { ReadableDisk, ReadableFile } from '../readable-disk.ts'
import { readU64 } from '../u64.ts'
import { actorNumbers, isOfCall, recordFields } from './dimension.ts'
import type { SegmentFacts } from './segment-facts.ts'

/** A chain of causes within one call is shorter than this. */
const mostCauses = 64
/** How many segments' batches are remembered: mostly it is the one before that is asked for. */
const mostKept = 4

interface KnownBatches {
  readonly first: readonly number[]
  readonly at: readonly number[]
}

/** Finds processes of events in segments that were read before. */
export class EarlierProcess {
  readonly #disk: ReadableDisk
  readonly #segments: () => readonly SegmentFacts[]
  readonly #known = new Map<number, KnownBatches>()

  /** Looks into the segments that `segments` tells of, as of now. */
  constructor(disk: ReadableDisk, segments: () => readonly SegmentFacts[]) {
    this.#disk = disk
    this.#segments = segments
  }

  /** The process of the call whose event stands at `seq`, or 0 when that is no event of a call of a process. */
  of(seq: number): number {
    let cause = seq
    for (let step = 0; step < mostCauses && cause > 0; step++) {
      const header = this.#header(cause)
      if (header === null || !isOfCall(header.readUInt16LE(recordFields.kind))) return 0
      if (header.readUInt32LE(recordFields.actorKind) === actorNumbers.process)
        return readU64(header, recordFields.actorId)
      const before = readU64(header, recordFields.cause)
      if (!(before < cause)) return 0
      cause = before
    }
    return 0
  }

  #header(seq: number): Buffer | null {
    const segment = this.#segments().findLast(({ firstSeq }) => firstSeq <= seq)
    const file = segment === undefined ? null : this.#disk.open(segmentName(segment.ordinal))
    if (segment === undefined || file === null) return null
    try {
      const { first, at } = this.#batchesOf(segment, file, seq)
      const batch = lastNotAbove(first, seq)
      const length = batch < 0 ? null : statedLength(read(file, at[batch] ?? 0, batchHeaderBytes), 0)
      return length === null ? null : recordIn(read(file, at[batch] ?? 0, length), seq - (first[batch] ?? 0))
    } finally {
      file.close()
    }
  }

  #batchesOf({ ordinal, firstSeq }: SegmentFacts, file: ReadableFile, seq: number): KnownBatches {
    const known = this.#known.get(ordinal)
    if (known !== undefined && seq <= (known.first.at(-1) ?? 0)) return known
    const [first, at]: [number[], number[]] = [[], []]
    let [next, offset] = [firstSeq, segmentHeaderBytes]
    for (;;) {
      const header = read(file, offset, batchHeaderBytes)
      const length = statedLength(header, 0)
      if (length === null) break
      first.push(next)
      at.push(offset)
      next += header.readUInt32LE(12)
      offset += length
    }
    this.#known.delete(ordinal)
    this.#known.set(ordinal, { first, at })
    const oldest = this.#known.keys().next()
    if (this.#known.size > mostKept && oldest.done !== true) this.#known.delete(oldest.value)
    return { first, at }
  }
}

function lastNotAbove(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] ?? 0) <= value) low = middle + 1
    else high = middle
  }
  return low - 1
}

function recordIn(frame: Buffer, index: number): Buffer | null {
  let at = batchHeaderBytes
  for (let skipped = 0; skipped < index; skipped++) {
    if (at + recordHeaderBytes > frame.length) return null
    const length = frame.readUInt32LE(at + recordFields.length)
    if (length < recordHeaderBytes) return null
    at += length
  }
  return at + recordHeaderBytes > frame.length ? null : frame.subarray(at, at + recordHeaderBytes)
}

function read(file: ReadableFile, at: number, length: number): Buffer {
  const bytes = file.read(at, length)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}
