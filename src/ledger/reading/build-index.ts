/**
 * Builds the index files of sealed segments, each from one pass over its bytes. That every batch continues the one
 * before it, and the next segment the last, is checked against the chain values as they are written; nothing is hashed
 * again. Hashing would cost more than all of the rest, and whoever reads an event that was found here hashes it.
 */
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { statedLength } from '../batch.ts'
import { batchHeaderBytes, hashBytes, segmentHeaderBytes, segmentName } from '../format.ts'
import type { LedgerProblem } from '../problem.ts'
import { problem } from '../problem.ts'
import type { ReadableDisk } from '../readable-disk.ts'
import { IndexEncoder } from './encode-index.ts'
import { FrameWindow } from './frame-window.ts'
import type { SegmentFacts } from './segment-facts.ts'
import type { ProcessOfEarlier } from './segment-keys.ts'
import { SegmentKeys } from './segment-keys.ts'

/** Builds one index file after another in the same memory: about 50 bytes for each event of the longest segment. */
export class IndexBuilder {
  readonly #disk: ReadableDisk
  readonly #events: SegmentKeys
  readonly #encoder = new IndexEncoder()
  readonly #window = new FrameWindow()
  readonly #chain = Buffer.alloc(hashBytes)
  #offset = 0

  constructor(disk: ReadableDisk, earlier: ProcessOfEarlier) {
    this.#disk = disk
    this.#events = new SegmentKeys(earlier)
  }

  /** The bytes of the index file of segment `facts`, which `next` continues. Valid until the next one is built. */
  build(facts: SegmentFacts, next: SegmentFacts): Result<Buffer, LedgerProblem> {
    const name = segmentName(facts.ordinal)
    const file = this.#disk.open(name)
    if (file === null) return err(problem('damaged', name, 0, 'this segment is missing'))
    try {
      const count = next.firstSeq - facts.firstSeq
      this.#window.open(file)
      this.#events.begin(facts.firstSeq)
      this.#offset = segmentHeaderBytes
      this.#chain.set(facts.headerHash)
      const wrong = this.#addAll(count, next.previous)
      if (wrong !== null) return err(problem('damaged', name, this.#offset, wrong))
      return ok(this.#encoder.encode(this.#events, { ...facts, count, endHash: next.previous }))
    } finally {
      file.close()
    }
  }

  /** Adds every batch. Returns what is wrong with one, or null. */
  #addAll(count: number, endHash: Buffer): string | null {
    while (this.#events.count < count) {
      const wrong = this.#addBatch()
      if (wrong !== null) return wrong
    }
    const isWhole = this.#events.count === count && this.#chain.equals(endHash)
    return isWhole ? null : 'the next segment does not continue this one'
  }

  #addBatch(): string | null {
    const [window, chain, offset] = [this.#window, this.#chain, this.#offset]
    const header = window.bring(offset, batchHeaderBytes)
    const length = header < 0 ? null : statedLength(window.bytes, header)
    const at = length === null ? -1 : window.bring(offset, length)
    if (length === null || at < 0) return 'a batch is missing or damaged'
    const { bytes, view } = window
    if (chain.compare(bytes, at + 32, at + 64) !== 0) return 'a batch does not continue the chain'
    const wrong = this.#events.add(bytes, view, at, length, offset)
    if (wrong !== null) return wrong
    bytes.copy(chain, 0, at + length - hashBytes, at + length)
    this.#offset += length
    return null
  }
}
