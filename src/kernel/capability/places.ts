/**
 * Where the record of an id is. Ids are never used again and places are, so ids are mapped by runs of 64: a run
 * of which nothing is left gives its page to new ids. Finding one costs no hashing and next to no memory, and
 * going through the runs in order is going through ids in order, whatever became of their places.
 */
const runBits = 6
/** Ids in a run, and places in a page. */
export const runLength = 64

/** Pages by run. */
export class Places {
  /** Which page holds a run; -1 when nothing of it is left. */
  readonly #pages: number[] = []
  /** How many of its places a page has in use. */
  readonly #inUse: number[] = []
  readonly #free: number[] = []

  /** How many runs there are, those included of which nothing is left. */
  get runs(): number {
    return this.#pages.length
  }

  /** Where the record of an id is if there is one, or -1. Only small positive integers are ids. */
  find(id: number): number {
    if ((id | 0) !== id || id <= 0) return -1
    const page = this.#pages[id >>> runBits]
    return page === undefined || page < 0 ? -1 : (page << runBits) | (id & (runLength - 1))
  }

  /** True when something of a run is left. */
  isInUse(run: number): boolean {
    return (this.#pages[run] ?? -1) >= 0
  }

  /** Takes a place for an id that has none. */
  occupy(id: number): number {
    const run = runOf(id)
    while (this.#pages.length <= run) this.#pages.push(-1)
    if (!this.isInUse(run)) {
      const page = this.#free.pop() ?? this.#inUse.length
      this.#pages[run] = page
      this.#inUse[page] = 0
    }
    const page = this.#pages[run] as number
    this.#inUse[page] = (this.#inUse[page] as number) + 1
    return (page << runBits) | (id & (runLength - 1))
  }

  /** Gives the place of an id back. */
  vacate(id: number): void {
    const page = this.#pages[runOf(id)] as number
    const left = (this.#inUse[page] as number) - 1
    this.#inUse[page] = left
    if (left > 0) return
    this.#pages[runOf(id)] = -1
    this.#free.push(page)
  }
}

/** The run of an id. */
export function runOf(id: number): number {
  return id >>> runBits
}
