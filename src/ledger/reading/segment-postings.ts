/**
 * The postings of one segment, made from its bytes batch by batch: of a sealed one to be written as its index file,
 * of the one that is being filled to be looked up in memory.
 */
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { batchHeaderBytes, hashBytes, recordHeaderBytes, sectorBytes } from '../format.ts'
import { readRecord } from '../record.ts'
import type { PostingUse } from './chained-postings.ts'
import { ChainedPostings, largestKey } from './chained-postings.ts'
import type { Dimension } from './dimension.ts'
import { actorNumbers, isOfCall, isPlain, namedInBody, recordFields } from './dimension.ts'

/** The process of a call's event before this segment, by its position; 0 when it is of none. */
export type ProcessOfEarlier = (seq: number) => number

/** Where batches begin, in order: first event (counted from the segment's), sector in the file, and ledger time. */
export interface BatchTable {
  readonly count: number
  readonly first: Uint32Array
  readonly sector: Uint32Array
  readonly at: Float64Array
}

const high = 0x1_0000_0000

/** Postings of one segment, growing. */
export class SegmentPostings {
  readonly firstSeq: number
  readonly lists: { readonly [D in Dimension]: ChainedPostings }
  readonly #earlier: ProcessOfEarlier
  #count = 0
  #lastAt = 0
  /** For kinds of calls the process, by place. */
  #owners: Uint32Array
  #batches = { count: 0, first: new Uint32Array(64), sector: new Uint32Array(64), at: new Float64Array(64) }

  /** Of a segment that begins with event `firstSeq`, with about `expected` events. */
  constructor(firstSeq: number, expected: number, use: PostingUse, earlier: ProcessOfEarlier) {
    this.firstSeq = firstSeq
    this.#earlier = earlier
    this.#owners = new Uint32Array(expected)
    this.lists = {
      process: new ChainedPostings(use, expected),
      capability: new ChainedPostings(use, expected),
      kind: new ChainedPostings(use, expected),
      operator: new ChainedPostings(use),
    }
  }

  /** How many events there are so far. */
  get count(): number {
    return this.#count
  }

  /** Ledger time of the last event. */
  get lastAt(): number {
    return this.#lastAt
  }

  /** The batches so far. */
  get batches(): BatchTable {
    return this.#batches
  }

  /**
   * Adds the batch whose frame is at `at` of `bytes`, `length` bytes long, and stands at `offset` of its file. The
   * error says why it cannot be.
   */
  add(bytes: Buffer, view: DataView, at: number, length: number, offset: number): Result<null, string> {
    const events = view.getUint32(at + 12, true)
    if (u64(view, at + 16) !== this.firstSeq + this.#count)
      return err('a batch does not follow the one before it')
    this.#addBatch(offset / sectorBytes, u64(view, at + batchHeaderBytes + recordFields.at))
    const end = at + length - hashBytes
    let [record, last] = [at + batchHeaderBytes, at + batchHeaderBytes]
    for (let index = 0; index < events; index++) {
      const size = end - record < recordHeaderBytes ? 0 : view.getUint32(record + recordFields.length, true)
      if (size < recordHeaderBytes || size > end - record) return err('a record length is impossible')
      const added = this.#addRecord(bytes, view, record, record + size)
      if (added !== null) return err(added)
      last = record
      record += size
    }
    this.#lastAt = u64(view, last + recordFields.at)
    return ok(null)
  }

  #addRecord(bytes: Buffer, view: DataView, at: number, end: number): string | null {
    const place = this.#count
    if (place === this.#owners.length) this.#grow()
    const code = view.getUint16(at + recordFields.kind, true)
    const actor = view.getUint32(at + recordFields.actorKind, true)
    const actorId = view.getUint32(at + recordFields.actorId, true)
    const capability = view.getUint32(at + recordFields.capability, true)
    const beyond =
      view.getUint32(at + recordFields.actorId + 4, true) |
      view.getUint32(at + recordFields.capability + 4, true)
    if (beyond !== 0) return 'an id is too large to be indexed'
    const { lists } = this
    lists.kind.add(code, place)
    if (capability !== 0) lists.capability.add(capability, place)
    if (actor === actorNumbers.operator) lists.operator.add(actorId, place)
    let owner = actor === actorNumbers.process ? actorId : 0
    if (isOfCall(code)) {
      if (owner === 0) owner = this.#ownerOf(u64(view, at + recordFields.cause))
      this.#owners[place] = owner
    }
    if (owner !== 0) lists.process.add(owner, place)
    this.#count++
    return isPlain(code) ? null : this.#addNamed(bytes, at, end, place)
  }

  #addNamed(bytes: Buffer, at: number, end: number, place: number): string | null {
    const record = readRecord(bytes, at, end, this.firstSeq + place)
    if (!record.ok) return record.error
    const { process, capability, operator } = namedInBody(record.value.event)
    if (Math.max(process, capability, operator) > largestKey) return 'an id is too large to be indexed'
    if (process !== 0) this.lists.process.addOnce(process, place)
    if (capability !== 0) this.lists.capability.addOnce(capability, place)
    if (operator !== 0) this.lists.operator.addOnce(operator, place)
    return null
  }

  #ownerOf(cause: number): number {
    if (cause === 0) return 0
    if (cause < this.firstSeq) return this.#earlier(cause)
    return this.#owners[cause - this.firstSeq] ?? 0
  }

  #addBatch(sector: number, at: number): void {
    const batches = this.#batches
    const { count } = batches
    if (count === batches.first.length) {
      batches.first = grown(batches.first, new Uint32Array(count * 2))
      batches.sector = grown(batches.sector, new Uint32Array(count * 2))
      batches.at = grown(batches.at, new Float64Array(count * 2))
    }
    batches.first[count] = this.#count
    batches.sector[count] = sector
    batches.at[count] = at
    batches.count++
  }

  #grow(): void {
    const length = Math.max(1024, this.#owners.length * 2)
    this.#owners = grown(this.#owners, new Uint32Array(length))
  }
}

/** The 64-bit integer at `at`, exact as far as the ledger's numbers go. */
export function u64(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * high + view.getUint32(at, true)
}

function grown<T extends Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from)
  return to
}
