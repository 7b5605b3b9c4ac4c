/**
 * What one process has waiting, the earliest deadline first and equal ones in the order they came. Most come in
 * that order, so adding and taking are cheap, and anything can be taken out of the middle.
 */

/** Something that is due: a whole number of any one clock, which never changes. */
export interface Due {
  readonly deadline: number
}

/** Items with deadlines. */
export class DeadlineLine<T extends Due> {
  #items: T[] = []
  /** Index of the first that is still here. */
  #head = 0

  get length(): number {
    return this.#items.length - this.#head
  }

  /** Puts an item behind everything that is due earlier or at the same time. */
  add(item: T): void {
    const last = this.#items.at(-1)
    const isInOrder = this.length === 0 || last === undefined || last.deadline <= item.deadline
    if (isInOrder) this.#items.push(item)
    else this.#items.splice(this.#firstAfter(item.deadline), 0, item)
  }

  /** Takes the first; undefined when nothing is here. */
  take(): T | undefined {
    const first = this.#items[this.#head]
    if (first === undefined) return undefined
    this.#head += 1
    // Half of it is gone: moving the rest costs less than what was taken since the last time.
    if (this.#head * 2 >= this.#items.length) this.#compact()
    return first
  }

  /** Takes out one item. False when it is not here. */
  remove(item: T): boolean {
    for (let at = this.#firstAfter(item.deadline) - 1; at >= this.#head; at--) {
      const other = this.#items[at]
      if (other?.deadline !== item.deadline) return false
      if (other !== item) continue
      this.#items.splice(at, 1)
      return true
    }
    return false
  }

  /** Everything, in order. */
  items(): readonly T[] {
    return this.#items.slice(this.#head)
  }

  #compact(): void {
    this.#items = this.#items.slice(this.#head)
    this.#head = 0
  }

  /** Index of the first that is due later. */
  #firstAfter(deadline: number): number {
    let [from, to] = [this.#head, this.#items.length]
    while (from < to) {
      const middle = (from + to) >>> 1
      if ((this.#items[middle]?.deadline ?? 0) <= deadline) from = middle + 1
      else to = middle
    }
    return from
  }
}
