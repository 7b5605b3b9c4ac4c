/**
 * What the events of one segment can be looked up by, taken from their records: a column of numbers for each dimension.
 * Most events have at most one number in each and say it in the fixed header of their record, so that taking them from
 * there, and sorting them afterwards, is a few steps over plain arrays. What is not so simple stands beside them.
 */
import { batchHeaderBytes, hashBytes, recordHeaderBytes, sectorBytes } from '../format.ts'
import { readRecord } from '../record.ts'
import { getU64 } from '../u64.ts'
import type { Dimension } from './dimension.ts'
import { actorNumbers, dimensions, isOfCall, isPlain, namedInBody, recordFields } from './dimension.ts'

/** The process of a call's event before this segment, by its position; 0 when it is of none. */
export type ProcessOfEarlier = (seq: number) => number

/**
 * Of each event, by its place, the number under which it stands; 0 for none. Longer than there are events, but for that
 * of operators, which is empty: their events are few.
 */
export type KeyColumns = { readonly [D in Dimension]: Uint32Array<ArrayBuffer> }

/** Events that stand under a number that is not in the column: their places, ascending, and those numbers. */
export interface MoreKeys {
  readonly places: number[]
  readonly keys: number[]
}

/** Where batches begin, in order: first event (counted from the segment's), sector in the file, and ledger time. */
export interface BatchTable {
  readonly first: number[]
  readonly sector: number[]
  readonly at: number[]
}

/** The largest number that can be looked up by. Ids are counted up from 1, so this is never reached. */
const largestKey = 0xffff_ffff
const impossibleLength = 'a record length is impossible'
const tooLarge = 'an id is too large to be indexed'

/** The events of one segment, growing. */
export class SegmentKeys {
  readonly #earlier: ProcessOfEarlier
  #firstSeq = 0
  #count = 0
  #lastAt = 0
  #columns: KeyColumns = columnsOf(0)
  #more = noKeys()
  #batches: BatchTable = noBatches()

  constructor(earlier: ProcessOfEarlier) {
    this.#earlier = earlier
  }

  /** Begins the segment of which `firstSeq` is the first event, and forgets the one before. */
  begin(firstSeq: number): void {
    this.#firstSeq = firstSeq
    this.#count = 0
    this.#more = noKeys()
    this.#batches = noBatches()
  }

  /** How many events there are so far. */
  get count(): number {
    return this.#count
  }

  /** Ledger time of the last event. */
  get lastAt(): number {
    return this.#lastAt
  }

  /** The numbers of the events so far. */
  get columns(): KeyColumns {
    return this.#columns
  }

  /** What does not go into the columns. */
  get more(): { readonly [D in Dimension]: MoreKeys } {
    return this.#more
  }

  /** The batches so far. */
  get batches(): BatchTable {
    return this.#batches
  }

  /**
   * Adds the batch whose frame is at `at` of `bytes`, `length` bytes long, and stands at `offset` of its file. Returns
   * why it cannot be, or null.
   */
  add(bytes: Buffer, view: DataView, at: number, length: number, offset: number): string | null {
    const { first, sector, at: times } = this.#batches
    const [records, end] = [at + batchHeaderBytes, at + length - hashBytes]
    const count = view.getUint32(at + 12, true)
    const time = getU64(view, records + recordFields.at)
    if (getU64(view, at + 16) !== this.#firstSeq + this.#count)
      return 'a batch does not follow the one before it'
    first.push(this.#count)
    sector.push(offset / sectorBytes)
    times.push(time)
    const wrong = this.#addRecords(bytes, view, records, end, count)
    return wrong ?? (Number.isNaN(time + this.#lastAt) ? 'a time is impossible' : null)
  }

  #addRecords(bytes: Buffer, view: DataView, from: number, until: number, count: number): string | null {
    if (count * recordHeaderBytes > until - from) return impossibleLength
    const end = this.#count + count
    this.#reserve(end)
    const { process, capability, kind } = this.#columns
    let [at, last, place] = [from, from, this.#count]
    for (; place < end; place++) {
      const size = until - at < recordHeaderBytes ? 0 : view.getUint32(at + recordFields.length, true)
      if (size < recordHeaderBytes || size > until - at) return impossibleLength
      const code = view.getUint16(at + recordFields.kind, true)
      const actor = view.getUint32(at + recordFields.actorKind, true)
      const actorId = view.getUint32(at + recordFields.actorId, true)
      const beyond = view.getUint32(at + recordFields.actorId + 4, true)
      if ((beyond | view.getUint32(at + recordFields.capability + 4, true)) !== 0) return tooLarge
      let owner = actor === actorNumbers.process ? actorId : 0
      if (owner === 0 && isOfCall(code)) owner = this.#ownerOf(getU64(view, at + recordFields.cause), place)
      process[place] = owner
      capability[place] = view.getUint32(at + recordFields.capability, true)
      kind[place] = code
      if (actor === actorNumbers.operator) this.#addMore('operator', actorId, place)
      const wrong = isPlain(code) ? null : this.#addNamed(bytes, at, at + size, place)
      if (wrong !== null) return wrong
      last = at
      at += size
    }
    this.#count = place
    this.#lastAt = getU64(view, last + recordFields.at)
    return null
  }

  #addNamed(bytes: Buffer, at: number, end: number, place: number): string | null {
    const record = readRecord(bytes, at, end, this.#firstSeq + place)
    if (!record.ok) return record.error
    const { process, capability, operator } = namedInBody(record.value.event)
    if (Math.max(process, capability, operator) > largestKey) return tooLarge
    this.#addMore('process', process, place)
    this.#addMore('capability', capability, place)
    this.#addMore('operator', operator, place)
    return null
  }

  #addMore(dimension: Dimension, key: number, place: number): void {
    const { places, keys } = this.#more[dimension]
    const isThere =
      this.#columns[dimension][place] === key || (places.at(-1) === place && keys.at(-1) === key)
    if (key === 0 || isThere) return
    places.push(place)
    keys.push(key)
  }

  /** The process of the call whose event `cause` led to the one at `place`. */
  #ownerOf(cause: number, place: number): number {
    if (cause === 0) return 0
    if (cause < this.#firstSeq) return this.#earlier(cause)
    const from = cause - this.#firstSeq
    return from < place && isOfCall(this.#columns.kind[from] ?? 0) ? (this.#columns.process[from] ?? 0) : 0
  }

  #reserve(count: number): void {
    const before = this.#columns
    if (count <= before.kind.length) return
    this.#columns = columnsOf(Math.max(1024, count, before.kind.length * 2))
    for (const dimension of dimensions) this.#columns[dimension].set(before[dimension])
  }
}

function columnsOf(length: number): KeyColumns {
  const column = (): Uint32Array<ArrayBuffer> => new Uint32Array(length)
  return { process: column(), capability: column(), kind: column(), operator: new Uint32Array() }
}

function noBatches(): BatchTable {
  return { first: [], sector: [], at: [] }
}

function noKeys(): { readonly [D in Dimension]: MoreKeys } {
  const none = (): MoreKeys => ({ places: [], keys: [] })
  return { process: none(), capability: none(), kind: none(), operator: none() }
}
