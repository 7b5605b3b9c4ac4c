/**
 * The events of one segment sorted by what one dimension says of them: counted first, and then each put where it
 * belongs. Memory is used again from segment to segment.
 */
import type { MoreKeys } from './segment-keys.ts'

/** Keys below this, which are all of most ledgers, are counted in an array, which is as long as the largest of them. */
const mostDirect: number = 1024 * 1024

/** One dimension of one segment. */
export class CountedPostings {
  /** Of each key how many places it has; once they are being put, where its next one goes. */
  #direct = new Uint32Array(1024)
  readonly #large = new Map<number, number>()
  #column = new Uint32Array()
  #more: MoreKeys = { places: [], keys: [] }

  /** Takes the numbers of all events; 0 is none. Returns how many keys there are, and how many places of all keys. */
  count(
    column: Uint32Array<ArrayBuffer>,
    more: MoreKeys,
  ): { readonly keys: number; readonly places: number } {
    this.#column = column
    this.#more = more
    this.#direct.fill(0)
    this.#large.clear()
    this.#countAll(column)
    for (const key of more.keys) this.#step(key)
    let keys = this.#large.size
    for (let key = 1; key < this.#direct.length; key++) if (this.#direct[key] !== 0) keys++
    return { keys, places: column.length + more.keys.length - (this.#direct[0] ?? 0) }
  }

  /**
   * Puts the keys, ascending, at `keys` of `target`; where the places of each begin, and all end, at `starts`; and the
   * places, ascending under each key, at `places`. Once after each count.
   */
  put(target: Uint32Array, keys: number, starts: number, places: number): void {
    let [index, end] = [0, 0]
    const begin = (key: number, count: number): number => {
      target[keys + index] = key
      target[starts + index++] = end
      end += count
      return places + end - count
    }
    for (let key = 1; key < this.#direct.length; key++) {
      const count = this.#direct[key] ?? 0
      if (count !== 0) this.#direct[key] = begin(key, count)
    }
    for (const [key, count] of [...this.#large].sort(([one], [other]) => one - other))
      this.#large.set(key, begin(key, count))
    target[starts + index] = end
    let done = 0
    for (const [at, place] of this.#more.places.entries()) {
      this.#putAll(target, done, place + 1)
      target[this.#step(this.#more.keys[at] ?? 0)] = place
      done = place + 1
    }
    this.#putAll(target, done, this.#column.length)
  }

  #countAll(column: Uint32Array): void {
    let direct = this.#direct
    for (let place = 0; place < column.length; place++) {
      const key = column[place] ?? 0
      if (key < direct.length) direct[key] = (direct[key] ?? 0) + 1
      else {
        this.#step(key)
        direct = this.#direct
      }
    }
  }

  #putAll(target: Uint32Array, from: number, until: number): void {
    const [column, direct] = [this.#column, this.#direct]
    const to = Math.min(until, column.length)
    for (let place = from; place < to; place++) {
      const key = column[place] ?? 0
      if (key === 0) continue
      if (key < direct.length) {
        const at = direct[key] ?? 0
        direct[key] = at + 1
        target[at] = place
      } else target[this.#step(key)] = place
    }
  }

  /** Adds one to what stands under `key`. Returns what stood there. */
  #step(key: number): number {
    if (key >= mostDirect) {
      const stood = this.#large.get(key) ?? 0
      this.#large.set(key, stood + 1)
      return stood
    }
    if (key >= this.#direct.length) {
      const shorter = this.#direct
      this.#direct = new Uint32Array(2 ** Math.ceil(Math.log2(key + 1)))
      this.#direct.set(shorter)
    }
    const stood = this.#direct[key] ?? 0
    this.#direct[key] = stood + 1
    return stood
  }
}
