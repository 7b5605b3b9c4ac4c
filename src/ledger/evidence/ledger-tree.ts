/**
 * The Merkle tree of a ledger that another process, or another thread, goes on writing: reads the durable segments,
 * takes every record as a leaf and lays the tree out as tiles. Away from the writer's thread, because it costs as
 * much as the writing.
 */
import { sha256 } from '../../base/hash.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { BatchFrame } from '../batch.ts'
import { batchHeaderBytes } from '../format.ts'
import type { ReadableDisk } from '../readable-disk.ts'
import type { LedgerPosition } from '../reader.ts'
import { LedgerReader } from '../reader.ts'
import { leafHash } from './merkle.ts'
import { TileWriter } from './tile-writer.ts'
import type { TileStore } from './tiles.ts'

/** Size and root of a tree. */
export interface TreeSize {
  readonly size: number
  readonly root: Uint8Array
}

/** The tree at the end of a batch. */
export interface TreeAtBatch extends TreeSize {
  /** Chain value there; null when nothing had to be read. */
  readonly chain: Uint8Array | null
  /** The roots at the sizes that were asked for and passed on the way. */
  readonly roots: ReadonlyMap<number, Uint8Array>
}

/** The bytes of each record of a batch. */
export function* recordsIn(frame: BatchFrame): Generator<Uint8Array> {
  let at = batchHeaderBytes
  for (let left = frame.count; left > 0; left--) {
    const length = frame.bytes.readUInt32LE(at)
    yield frame.bytes.subarray(at, at + length)
    at += length
  }
}

/** A tree that follows its ledger. */
export class LedgerTree {
  readonly #writer: TileWriter
  readonly #disk: ReadableDisk
  #position: LedgerPosition | null = null
  #chain: Uint8Array | null = null

  /** Goes on with what `tiles` hold of the tree `from`; begins anew where that is null or not what they hold. */
  constructor(disk: ReadableDisk, tiles: TileStore, from: TreeSize | null) {
    this.#disk = disk
    const restored = from === null ? null : TileWriter.restore(sha256, tiles, from)
    this.#writer = restored ?? new TileWriter(sha256, tiles)
  }

  /** How many events it has taken. */
  get size(): number {
    return this.#writer.size
  }

  /**
   * Takes everything up to event `seq`, which ends a batch, and writes the tiles. `wanted` are sizes to tell the roots
   * of. The error says what is wrong with the ledger.
   */
  advance(seq: number, wanted: ReadonlySet<number> = new Set()): Result<TreeAtBatch, string> {
    const roots = new Map<number, Uint8Array>()
    while (this.#writer.size < seq) {
      const frame = this.#next()
      if (!frame.ok) return frame
      for (const record of recordsIn(frame.value)) {
        this.#writer.push(leafHash(sha256, record))
        if (wanted.has(this.#writer.size)) roots.set(this.#writer.size, this.#writer.root())
      }
      this.#chain = Uint8Array.from(frame.value.hash)
    }
    if (this.#writer.size !== seq) return err(`event ${seq} does not end a batch`)
    this.#writer.flush()
    return ok({ size: seq, root: this.#writer.root(), chain: this.#chain, roots })
  }

  #next(): Result<BatchFrame, string> {
    const next = this.#writer.size + 1
    if (this.#position === null) {
      const from = new LedgerReader(this.#disk).from(next)
      if (!from.ok) return err(from.error.message)
      this.#position = from.value
    }
    const frame = this.#position.nextFrame()
    if (!frame.ok) return err(frame.error.message)
    if (frame.value === null) return err(`event ${next} is not in the segments`)
    if (frame.value.firstSeq !== next) return err(`event ${next} does not begin a batch`)
    return ok(frame.value)
  }
}
