/**
 * Which events have a given number in them, while events are still being added: for each number the chain of its
 * events from the newest back. Typed arrays and one open-addressed table, because this runs over every event of a
 * segment, and a segment has hundreds of thousands.
 */
import { invariant } from '../../base/fault.ts'

/** The largest number that can be looked up by. Ids are counted up from 1, so this is never reached. */
export const largestKey = 0xffff_ffff

/** Chains by key. Events are places counted from 0, added in ascending order. */
export class ChainedPostings {
  #keys = new Uint32Array(64)
  #last = new Int32Array(64)
  #counts = new Uint32Array(64)
  #keyCount = 0
  /** Slot of a key plus 1, by hash; 0 is free. */
  #table = new Int32Array(256)
  #places: Uint32Array
  #before: Int32Array
  #size = 0

  /** `expected` is how many entries there will be, if that is known. */
  constructor(expected: number = 64) {
    this.#places = new Uint32Array(expected)
    this.#before = new Int32Array(expected)
  }

  /** How many keys there are. */
  get keyCount(): number {
    return this.#keyCount
  }

  /** How many entries there are. */
  get size(): number {
    return this.#size
  }

  /** Adds the event at `place` under `key`. The same pair twice in a row is one. */
  add(key: number, place: number): void {
    invariant(key >= 0 && key <= largestKey, 'an id is too large to be indexed')
    const slot = this.#slotOf(key)
    const last = this.#last[slot] ?? -1
    if (last >= 0 && this.#places[last] === place) return
    if (this.#size === this.#places.length) this.#growEntries()
    this.#places[this.#size] = place
    this.#before[this.#size] = last
    this.#last[slot] = this.#size++
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1
  }

  /** The entry of the newest event under `key`, or -1. */
  newest(key: number): number {
    for (let at = hashOf(key) & (this.#table.length - 1); ; at = (at + 1) & (this.#table.length - 1)) {
      const slot = (this.#table[at] ?? 0) - 1
      if (slot < 0) return -1
      if (this.#keys[slot] === key) return this.#last[slot] ?? -1
    }
  }

  /** The entry before `entry` under the same key, or -1. */
  before(entry: number): number {
    return this.#before[entry] ?? -1
  }

  /** The place that `entry` stands for. */
  placeOf(entry: number): number {
    return this.#places[entry] ?? 0
  }

  /**
   * Everything, sorted: keys ascending, for each where its places start (one more at the end), and the places of
   * all, ascending under each key.
   */
  sorted(): { readonly keys: Uint32Array; readonly starts: Uint32Array; readonly places: Uint32Array } {
    const keys = this.#keys.slice(0, this.#keyCount).sort()
    const starts = new Uint32Array(keys.length + 1)
    const places = new Uint32Array(this.#size)
    let end = 0
    for (let index = 0; index < keys.length; index++) {
      const slot = this.#slotOf(keys[index] ?? 0)
      end += this.#counts[slot] ?? 0
      starts[index + 1] = end
      let at = end
      for (let entry = this.#last[slot] ?? -1; entry >= 0; entry = this.#before[entry] ?? -1)
        places[--at] = this.#places[entry] ?? 0
    }
    return { keys, starts, places }
  }

  #slotOf(key: number): number {
    const mask = this.#table.length - 1
    let at = hashOf(key) & mask
    for (;;) {
      const slot = (this.#table[at] ?? 0) - 1
      if (slot < 0) break
      if (this.#keys[slot] === key) return slot
      at = (at + 1) & mask
    }
    if (this.#keyCount === this.#keys.length) return this.#growKeys(key)
    const slot = this.#keyCount++
    this.#keys[slot] = key
    this.#last[slot] = -1
    this.#table[at] = slot + 1
    return slot
  }

  #growKeys(key: number): number {
    const length = this.#keys.length * 2
    this.#keys = grown(this.#keys, new Uint32Array(length))
    this.#last = grown(this.#last, new Int32Array(length))
    this.#counts = grown(this.#counts, new Uint32Array(length))
    this.#table = new Int32Array(length * 4)
    const mask = this.#table.length - 1
    for (let slot = 0; slot < this.#keyCount; slot++) {
      let at = hashOf(this.#keys[slot] ?? 0) & mask
      while (this.#table[at] !== 0) at = (at + 1) & mask
      this.#table[at] = slot + 1
    }
    return this.#slotOf(key)
  }

  #growEntries(): void {
    const length = Math.max(64, this.#places.length * 2)
    this.#places = grown(this.#places, new Uint32Array(length))
    this.#before = grown(this.#before, new Int32Array(length))
  }
}

function hashOf(key: number): number {
  return Math.imul(key, 0x9e37_79b1) >>> 7
}

function grown<T extends Uint32Array | Int32Array>(from: T, to: T): T {
  to.set(from)
  return to
}
