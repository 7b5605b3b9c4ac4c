/**
 * Records of 60 bytes, packed into typed arrays by place. They are no work for the garbage collector, and what a
 * check reads stands together at the start of a record, so that it is mostly one cache line. Memory grows by
 * chunks: nothing is ever copied, so no event has to wait for it.
 */
import type { CapabilityId, Handle, ObjectId, ProcessId, Seq } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { Capability, Window } from './record.ts'

const chunkBits = 14
const chunkMask = (1 << chunkBits) - 1
const width = 15

/** Words of a record. */
export const field = {
  /** See `mark`; above the depth are the upper bits of `since`. */
  marks: 0,
  root: 1,
  /** The memo's: when it was last found live, and the number of the caveats that expire first up to the root. */
  stamp: 2,
  earliest: 3,
  /** The memo's too: the nearest one above that has caveats. */
  termed: 4,
  /** At a root, who granted it. */
  parent: 5,
  holder: 6,
  handle: 7,
  object: 8,
  caveats: 9,
  children: 10,
  reserved: 11,
  /** The lower 32 bits; the upper ones are in the next word. */
  spent: 12,
  spentHigh: 13,
  /** The lower 32 bits. */
  since: 14,
} as const

/** Bits of the first word. */
export const mark = { present: 1, revoked: 2, dropped: 4 } as const
const depthShift = 3
const depthMask = 0x7f
const sinceShift = 10
const word = 4_294_967_296

/** Records by place. Reading a place that was never made room for is a mistake of the table. */
export class PackedRecords {
  readonly #chunks: Uint32Array[] = []

  /** Makes room up to a place. */
  reach(place: number): void {
    while (place >>> chunkBits >= this.#chunks.length) {
      this.#chunks.push(new Uint32Array((1 << chunkBits) * width))
    }
  }

  read(place: number, at: number): number {
    const chunk = this.#chunks[place >>> chunkBits] as Uint32Array
    return chunk[(place & chunkMask) * width + at] as number
  }

  write(place: number, at: number, value: number): void {
    const chunk = this.#chunks[place >>> chunkBits] as Uint32Array
    chunk[(place & chunkMask) * width + at] = value
  }

  spent(place: number): number {
    const high = this.read(place, field.spentHigh)
    return high === 0 ? this.read(place, field.spent) : high * word + this.read(place, field.spent)
  }

  writeSpent(place: number, spent: number): void {
    // A remainder of doubles is a call of its own, and hardly anything is ever used four billion times.
    const high = spent < word ? 0 : Math.floor(spent / word)
    this.write(place, field.spent, spent - high * word)
    this.write(place, field.spentHigh, high)
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

  /** Begins a record, with the number of its caveats. */
  begin(place: number, capability: Capability, caveats: number): void {
    const { parent, depth, since } = capability
    const marks = (Math.floor(since / word) << sinceShift) | (depth << depthShift) | mark.present
    this.write(place, field.marks, marks)
    this.write(place, field.since, since % word)
    this.write(place, field.root, capability.root)
    this.write(place, field.stamp, 0)
    this.write(place, field.parent, parent === 0 ? capability.grantedBy : parent)
    this.write(place, field.holder, capability.holder)
    this.write(place, field.handle, capability.handle)
    this.write(place, field.object, capability.object)
    this.write(place, field.caveats, caveats)
    this.write(place, field.children, 0)
    this.write(place, field.reserved, capability.reserved)
    this.writeSpent(place, capability.spent)
  }

  /** An approval is never in a table. */
  isHeld(place: number): boolean {
    return this.read(place, field.handle) !== 0 && !this.has(place, mark.dropped)
  }

  /** The record as everybody else sees it, with what is kept elsewhere. */
  copy(
    place: number,
    rest: Pick<Capability, 'id' | 'parent' | 'caveats' | 'grantedBy'> & {
      readonly window: Window | undefined
    },
  ): Capability {
    return {
      id: rest.id,
      parent: rest.parent,
      root: id<CapabilityId>(this.read(place, field.root)),
      depth: this.depth(place),
      holder: id<ProcessId>(this.read(place, field.holder)),
      handle: id<Handle>(this.read(place, field.handle)),
      object: id<ObjectId>(this.read(place, field.object)),
      caveats: rest.caveats,
      grantedBy: rest.grantedBy,
      since: id<Seq>(this.since(place)),
      held: this.isHeld(place),
      revoked: this.has(place, mark.revoked),
      children: this.read(place, field.children),
      spent: this.spent(place),
      reserved: this.read(place, field.reserved),
      windowStart: rest.window?.start ?? 0,
      windowCount: rest.window?.count ?? 0,
    }
  }
}
