/**
 * Records of 56 bytes, packed into typed arrays by place. They are no work for the garbage collector, and what a
 * check reads stands together at the start of a record, so that it is mostly one cache line. Memory grows by
 * chunks: nothing is ever copied, so no event has to wait for it.
 */
const chunkBits = 14
const chunkMask = (1 << chunkBits) - 1
const width = 14

/** Words of a record. */
export const field = {
  /** See `mark`; above the depth are the upper bits of `since`. */
  marks: 0,
  root: 1,
  /** The memo's: when it was last found live, and the number of the caveats that expire first up to the root. */
  stamp: 2,
  earliest: 3,
  /** Words 4 and 5 are `spent`. At a root, the parent is who granted it. */
  parent: 6,
  holder: 7,
  handle: 8,
  object: 9,
  caveats: 10,
  children: 11,
  reserved: 12,
  /** The lower 32 bits. */
  since: 13,
} as const
const spentAt = 4

/** Bits of the first word. */
export const mark = { present: 1, revoked: 2, dropped: 4 } as const
const depthShift = 3
const depthMask = 0x7f
const sinceShift = 10
const word = 4_294_967_296

interface Chunk {
  readonly words: Uint32Array
  readonly doubles: Float64Array
}

/** Records by place. Reading a place that was never made room for is a mistake of the table. */
export class PackedRecords {
  readonly #chunks: Chunk[] = []

  /** Makes room up to a place. */
  reach(place: number): void {
    while (place >>> chunkBits >= this.#chunks.length) {
      const words = new Uint32Array((1 << chunkBits) * width)
      this.#chunks.push({ words, doubles: new Float64Array(words.buffer) })
    }
  }

  read(place: number, at: number): number {
    return (this.#chunks[place >>> chunkBits] as Chunk).words[(place & chunkMask) * width + at] as number
  }

  write(place: number, at: number, value: number): void {
    const { words } = this.#chunks[place >>> chunkBits] as Chunk
    words[(place & chunkMask) * width + at] = value
  }

  spent(place: number): number {
    const { doubles } = this.#chunks[place >>> chunkBits] as Chunk
    return doubles[((place & chunkMask) * width + spentAt) / 2] as number
  }

  writeSpent(place: number, spent: number): void {
    const { doubles } = this.#chunks[place >>> chunkBits] as Chunk
    doubles[((place & chunkMask) * width + spentAt) / 2] = spent
  }

  has(place: number, which: number): boolean {
    return (this.read(place, field.marks) & which) !== 0
  }

  setMark(place: number, which: number, isSet: boolean): void {
    const marks = this.read(place, field.marks)
    this.write(place, field.marks, isSet ? marks | which : marks & ~which)
  }

  depth(place: number): number {
    return (this.read(place, field.marks) >>> depthShift) & depthMask
  }

  since(place: number): number {
    return (this.read(place, field.marks) >>> sinceShift) * word + this.read(place, field.since)
  }

  /** Begins a record: its first word, and when it was made. */
  begin(place: number, depth: number, since: number): void {
    const marks = (Math.floor(since / word) << sinceShift) | (depth << depthShift) | mark.present
    this.write(place, field.marks, marks)
    this.write(place, field.since, since % word)
  }
}
