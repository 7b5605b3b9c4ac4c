/**
 * Which events have a given number in them, while events are still being added: for each number the chain of its
 * events from the newest back. Typed arrays and one open-addressed table, because this runs over every event of a
 * segment, and a segment has hundreds of thousands.
 */
import { invariant } from '../../base/fault.ts'

/** The largest number that can be looked up by. Ids are counted up from 1, so this is never reached. */
export const largestKey = 0xffff_ffff

/** Keys below this, which are most, have their slot in a table of its own. */
const directKeys = 8192

/** What a list is for: to be looked up in while it grows, or only to be sorted in the end, which is faster then. */
export type PostingUse = 'looked-up' | 'sorted'

/** Chains by key. Events are places counted from 0, added in ascending order. */
export class ChainedPostings {
  #keys = new Uint32Array(64)
  #last = new Int32Array(64)
  #counts = new Uint32Array(64)
  #keyCount = 0
  /** Slot of a key plus 1, by hash; 0 is free. */
  #table = new Int32Array(256)
  readonly #direct = new Int32Array(directKeys)
  readonly #isLinked: boolean
  #places: Uint32Array
  /** Of each entry the one before it under the same key; of a list that is only sorted its key's slot. */
  #links: Int32Array
  #size = 0

  /** `expected` is how many entries there will be, if that is known. */
  constructor(use: PostingUse = 'looked-up', expected: number = 64) {
    this.#isLinked = use === 'looked-up'
    this.#places = new Uint32Array(expected)
    this.#links = new Int32Array(expected)
  }

  /** How many keys there are. */
  get keyCount(): number {
    return this.#keyCount
  }

  /** How many entries there are. */
  get size(): number {
    return this.#size
  }

  /** Adds the event at `place` under `key`, of which it was not added yet. */
  add(key: number, place: number): void {
    const direct = key < directKeys ? (this.#direct[key] ?? 0) - 1 : -1
    const slot = direct < 0 ? this.#slotOf(key) : direct
    const entry = this.#size++
    if (entry === this.#places.length) this.#growEntries()
    this.#places[entry] = place
    this.#links[entry] = this.#isLinked ? (this.#last[slot] ?? -1) : slot
    this.#last[slot] = entry
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1
  }

  /** Adds the event at `place` under `key`, unless that was the last thing added under it. */
  addOnce(key: number, place: number): void {
    invariant(key >= 0 && key <= largestKey, 'an id is too large to be indexed')
    const last = this.newest(key)
    if (last < 0 || this.#places[last] !== place) this.add(key, place)
  }

  /** The entry of the newest event under `key`, or -1. */
  newest(key: number): number {
    for (let at = hashOf(key) & (this.#table.length - 1); ; at = (at + 1) & (this.#table.length - 1)) {
      const slot = (this.#table[at] ?? 0) - 1
      if (slot < 0) return -1
      if (this.#keys[slot] === key) return this.#last[slot] ?? -1
    }
  }

  /** The entry before `entry` under the same key, or -1. Only of a list that is looked up in. */
  before(entry: number): number {
    return this.#links[entry] ?? -1
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
    /** Of each slot where its next place goes. */
    const next = new Uint32Array(this.#keyCount)
    let end = 0
    for (let index = 0; index < keys.length; index++) {
      const slot = this.#slotOf(keys[index] ?? 0)
      next[slot] = end
      end += this.#counts[slot] ?? 0
      starts[index + 1] = end
    }
    return { keys, starts, places: this.#isLinked ? this.#walked(keys, starts) : this.#counted(next) }
  }

  #counted(next: Uint32Array): Uint32Array {
    const places = new Uint32Array(this.#size)
    const [from, slots] = [this.#places, this.#links]
    for (let entry = 0; entry < this.#size; entry++) {
      const slot = slots[entry] ?? 0
      const at = next[slot] ?? 0
      next[slot] = at + 1
      places[at] = from[entry] ?? 0
    }
    return places
  }

  #walked(keys: Uint32Array, starts: Uint32Array): Uint32Array {
    const places = new Uint32Array(this.#size)
    for (let index = 0; index < keys.length; index++) {
      let at = starts[index + 1] ?? 0
      for (let entry = this.newest(keys[index] ?? 0); entry >= 0; entry = this.#links[entry] ?? -1)
        places[--at] = this.#places[entry] ?? 0
    }
    return places
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
    if (key < directKeys) this.#direct[key] = slot + 1
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
    this.#links = grown(this.#links, new Int32Array(length))
  }
}

function hashOf(key: number): number {
  return Math.imul(key, 0x9e37_79b1) >>> 7
}

function grown<T extends Uint32Array | Int32Array>(from: T, to: T): T {
  to.set(from)
  return to
}
