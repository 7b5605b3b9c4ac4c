/**
 * The segments of a ledger as they can be looked up in: for sealed ones their index files, opened when they are first
 * needed and built where there is none that holds; for the one that is being filled its postings in memory.
 */
import { invariant } from '../../base/fault.ts'
import type { Result } from '../../base/result.ts'
import { ok } from '../../base/result.ts'
import { ArchiveAway } from '../keeping/keeping-problem.ts'
import type { LedgerProblem } from '../problem.ts'
import type { ReadableDisk } from '../readable-disk.ts'
import { segmentOrdinals } from '../readable-disk.ts'
import { IndexBuilder } from './build-index.ts'
import { EarlierProcess } from './earlier-process.ts'
import { IndexFile } from './index-file.ts'
import type { IndexedSegment } from './index-layout.ts'
import type { IndexStore } from './index-store.ts'
import { indexName, memoryIndexes } from './index-store.ts'
import { PageCache } from './page-cache.ts'
import type { SegmentFacts } from './segment-facts.ts'
import { readFacts } from './segment-facts.ts'
import type { SegmentSource } from './segment-source.ts'
import { TailPostings } from './tail-postings.ts'

/** All begun segments, ascending, and what each can be looked up by. */
export class SegmentSources {
  readonly #disk: ReadableDisk
  readonly #store: IndexStore
  readonly #fallback: IndexStore = memoryIndexes()
  readonly #cache = new PageCache()
  readonly #earlier: EarlierProcess
  readonly #builder: IndexBuilder
  readonly #segments: SegmentFacts[] = []
  readonly #opened = new Map<number, IndexFile>()
  /** How often the file of a segment was found damaged after it had been opened. */
  readonly #damages = new Map<number, number>()
  #tail: TailPostings | null = null
  #away: ArchiveAway | null = null

  constructor(disk: ReadableDisk, store: IndexStore) {
    this.#disk = disk
    this.#store = store
    this.#earlier = new EarlierProcess(disk, () => this.#segments)
    this.#builder = new IndexBuilder(disk, (seq) => this.#earlier.of(seq))
  }

  /** The begun segments as of the last refresh, ascending. */
  get segments(): readonly SegmentFacts[] {
    return this.#segments
  }

  /** The one that is being filled; null before anything was written. */
  get tail(): TailPostings | null {
    return this.#tail
  }

  /** Takes in what was written since. Returns damage, or null. */
  refresh(): LedgerProblem | null {
    if (this.#segments.length === 0) this.#begin()
    else this.#extend()
    const last = this.#segments.at(-1)
    if (last === undefined) return null
    if (this.#tail?.ordinal !== last.ordinal)
      this.#tail = new TailPostings(this.#disk, last, (seq) => this.#earlier.of(seq))
    return this.#tail.refresh()
  }

  /** The segment at `index` of `segments`. Its index file is built if there is none that holds. */
  at(index: number): Result<SegmentSource, LedgerProblem> {
    const facts = this.#segments[index]
    invariant(facts !== undefined && this.#tail !== null, 'only begun segments are looked up in')
    const next = this.#segments[index + 1]
    if (next === undefined) return ok(this.#tail)
    const known = this.#opened.get(facts.ordinal)
    if (known !== undefined && !known.damaged) return ok(known)
    if (known !== undefined) this.#damages.set(facts.ordinal, (this.#damages.get(facts.ordinal) ?? 0) + 1)
    return this.#open(facts, next)
  }

  /** What keeps the segments before the first of `segments` from being read: their archive is not there; or null. */
  get away(): ArchiveAway | null {
    return this.#away
  }

  #begin(): void {
    for (const ordinal of segmentOrdinals(this.#disk)) {
      const facts = this.#factsOrAway(ordinal)
      if (facts === 'away') this.#segments.length = 0
      else if (facts === null) break
      else this.#segments.push(facts)
    }
  }

  #factsOrAway(ordinal: number): SegmentFacts | 'away' | null {
    try {
      return readFacts(this.#disk, ordinal)
    } catch (problem) {
      if (!(problem instanceof ArchiveAway)) throw problem
      this.#away = problem
      return 'away'
    }
  }

  #extend(): void {
    for (;;) {
      const next = readFacts(this.#disk, (this.#segments.at(-1)?.ordinal ?? 0) + 1)
      if (next === null) return
      this.#segments.push(next)
    }
  }

  #open(facts: SegmentFacts, next: SegmentFacts): Result<SegmentSource, LedgerProblem> {
    const segment = indexed(facts, next)
    const name = indexName(facts.ordinal)
    const damages = this.#damages.get(facts.ordinal) ?? 0
    const found = damages > 0 ? null : this.#openIn(this.#store, name, segment)
    if (found !== null) return ok(found)
    const built = this.#builder.build(facts, next)
    if (!built.ok) return built
    // A disk that damages what was only just written is not asked again.
    const isKept = damages < 2 && this.#store.write(name, built.value)
    if (!isKept) this.#fallback.write(name, built.value)
    const opened = this.#openIn(isKept ? this.#store : this.#fallback, name, segment)
    invariant(opened !== null, 'an index file that was just built is of its segment')
    return ok(opened)
  }

  #openIn(store: IndexStore, name: string, segment: IndexedSegment): IndexFile | null {
    const file = IndexFile.open(() => store.open(name), this.#cache, segment)
    if (file !== null) this.#opened.set(file.ordinal, file)
    return file
  }
}

function indexed(facts: SegmentFacts, next: SegmentFacts): IndexedSegment {
  return { ...facts, count: next.firstSeq - facts.firstSeq, endHash: next.previous }
}
