/**
 * A segment file read a piece at a time, into memory that is used for every piece and every segment. Fresh memory
 * for a whole segment costs several times what reading it does, and what is judged while it is in the processor's
 * cache costs half of what it does later.
 */
import type { BatchFrame } from './batch.ts'
import { readFrame, statedLength } from './batch.ts'
import { batchHeaderBytes } from './format.ts'
import type { ReadSpace, ReadableFile } from './readable-disk.ts'
import { lastNonZero } from './record.ts'

const pieceBytes = 256 * 1024

/** A place for pieces, to be given to one window after the other where nobody keeps anything of a piece. */
export function windowSpace(): ReadSpace {
  return { bytes: Buffer.allocUnsafeSlow(pieceBytes) }
}

/** One open file. What is handed out from a shared space is valid until something else is asked for. */
export class SegmentWindow {
  readonly #file: ReadableFile
  readonly #space: ReadSpace
  readonly #isShared: boolean
  /** What of the file stands at the beginning of the space. */
  #from = 0
  #to = 0

  /** Without a space to share, what is handed out stays valid. */
  constructor(file: ReadableFile, space: ReadSpace | null) {
    this.#file = file
    this.#space = space ?? { bytes: Buffer.alloc(0) }
    this.#isShared = space !== null
  }

  /** Bytes of the whole file. */
  get length(): number {
    return this.#file.length
  }

  /** `length` bytes from `offset` on; fewer where the file ends. */
  bytesAt(offset: number, length: number): Buffer {
    const at = this.#reach(offset, length)
    return this.#space.bytes.subarray(at, Math.min(at + length, this.#to - this.#from))
  }

  /** The frame at `offset`, if a whole one stands there that hashes to its own chain value. */
  frameAt(offset: number): BatchFrame | null {
    const length = statedLength(this.bytesAt(offset, batchHeaderBytes), 0)
    if (length === null) return null
    return readFrame(this.bytesAt(offset, length), 0)
  }

  /** True when every byte from `offset` to the end of the file is zero. */
  isZeroFrom(offset: number): boolean {
    for (let at = offset; at < this.#file.length;) {
      const piece = this.bytesAt(at, at === offset ? batchHeaderBytes : pieceBytes)
      if (piece.length === 0 || lastNonZero(piece, 0, piece.length) !== 0) return false
      at += piece.length
    }
    return true
  }

  /** Where in the space `offset` stands, with `length` bytes after it if the file has them. */
  #reach(offset: number, length: number): number {
    if (offset >= this.#from && offset + length <= this.#to) return offset - this.#from
    const kept = offset >= this.#from && offset < this.#to ? this.#to - offset : 0
    const wanted = Math.max(length, pieceBytes)
    const before = this.#space.bytes
    if (before.length < wanted || !this.#isShared) this.#space.bytes = Buffer.allocUnsafeSlow(wanted)
    const start = offset - this.#from
    if (kept > 0) before.copy(this.#space.bytes, 0, start, start + kept)
    this.#from = offset
    this.#to = offset + kept + fill(this.#file, this.#space.bytes.subarray(kept, wanted), offset + kept)
    return 0
  }
}

function fill(file: ReadableFile, space: Buffer, offset: number): number {
  if (file.readInto !== undefined) return file.readInto(space, offset)
  const bytes = file.read(offset, space.length)
  space.set(bytes)
  return bytes.length
}
