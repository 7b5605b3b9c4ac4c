/**
 * The next segment, prepared in the background: its blocks are allocated and its name is durable before it
 * is needed. When it cannot be prepared the log says so through `room()` long before it is full.
 */
import { segmentName } from './format.ts'
import type { Disk, DiskFailure, DiskFile } from './port.ts'

/** A prepared segment, or why there is none. */
export type Spare = { readonly file: DiskFile; readonly ordinal: number } | DiskFailure

type Taker = (spare: Spare) => void

/** Keeps one segment ahead. */
export class SpareSegment {
  readonly #disk: Disk
  readonly #segmentBytes: number
  #ordinal: number
  #file: DiskFile | null = null
  #preparing = false
  #failure: DiskFailure | null = null
  #taker: Taker | null = null
  #closed = false
  #curious: (() => void)[] = []

  /** Uses the segment `ordinal` if it exists (it must hold nothing), and otherwise begins to create it. */
  constructor(disk: Disk, segmentBytes: number, ordinal: number) {
    this.#disk = disk
    this.#segmentBytes = segmentBytes
    this.#ordinal = ordinal
    this.#prepare()
  }

  /** Why the last attempt to prepare failed, until one succeeds. */
  get failure(): DiskFailure | null {
    return this.#failure
  }

  /** True when `take` will hand a segment over at once. */
  get isReady(): boolean {
    return this.#file !== null
  }

  /** True while it is not known whether there will be a spare. */
  get isPreparing(): boolean {
    return this.#preparing
  }

  /** Calls `known` once, when the preparation under way has succeeded or failed. */
  whenKnown(known: () => void): void {
    this.#curious.push(known)
  }

  /** Length of the segment that will be taken next. */
  get length(): number {
    return this.#file?.length ?? this.#segmentBytes
  }

  /** Hands over the prepared segment, at once or when it is there, and begins to prepare the one after it. */
  take(taker: Taker): void {
    this.#taker = taker
    if (this.#file !== null) this.#handOver({ file: this.#file, ordinal: this.#ordinal })
    else this.#prepare()
  }

  /** Tries again if the last attempt failed. */
  retry(): void {
    if (this.#failure !== null) this.#prepare()
  }

  /** A segment that is still being created is closed when it is there. */
  close(): void {
    this.#closed = true
    this.#file?.close()
    this.#file = null
    queueMicrotask(() => this.#handOver({ code: 'io', message: 'the ledger was closed' }))
  }

  #prepare(): void {
    if (this.#preparing || this.#closed) return
    const name = segmentName(this.#ordinal)
    this.#file = this.#disk.open(name)
    if (this.#file !== null) return this.#prepared(this.#file)
    this.#preparing = true
    this.#disk.create(name, this.#segmentBytes, (result) => {
      this.#preparing = false
      this.#prepared(result)
      const curious = this.#curious
      this.#curious = []
      for (const known of curious) known()
    })
  }

  #prepared(result: DiskFile | DiskFailure): void {
    if ('code' in result) {
      this.#failure = result
      this.#handOver(result)
      return
    }
    if (this.#closed) return result.close()
    this.#failure = null
    this.#file = result
    this.#handOver({ file: result, ordinal: this.#ordinal })
  }

  #handOver(spare: Spare): void {
    const taker = this.#taker
    if (taker === null) return
    this.#taker = null
    if (!('code' in spare)) {
      this.#file = null
      this.#ordinal++
      this.#prepare()
    }
    taker(spare)
  }
}
