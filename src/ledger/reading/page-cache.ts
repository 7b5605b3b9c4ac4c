/**
 * Pages of index files in memory, so that what is asked often is not read again; the least lately used go first. A
 * page is in here only when its checksum held.
 */

/** Verified pages of many files, bounded together. */
export class PageCache {
  readonly #most: number
  readonly #pages = new Map<number, Buffer>()
  #files = 0

  /** At most `most` pages are kept, of 4 KiB each. */
  constructor(most: number = 4096) {
    this.#most = most
  }

  /** A number for one more file. */
  newFile(): number {
    return ++this.#files
  }

  /** A kept page. */
  get(file: number, page: number): Buffer | undefined {
    const name = nameOf(file, page)
    const kept = this.#pages.get(name)
    if (kept === undefined) return undefined
    this.#pages.delete(name)
    this.#pages.set(name, kept)
    return kept
  }

  /** Keeps a page, and lets another one go when there are too many. */
  keep(file: number, page: number, bytes: Buffer): void {
    this.#pages.set(nameOf(file, page), bytes)
    const oldest = this.#pages.keys().next()
    if (this.#pages.size > this.#most && oldest.done !== true) this.#pages.delete(oldest.value)
  }
}

/** A file has at most 2^18 pages. */
function nameOf(file: number, page: number): number {
  return file * 262_144 + page
}
