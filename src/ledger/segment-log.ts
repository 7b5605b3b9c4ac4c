/**
 * The ledger over a disk: batches chained one after another into preallocated segment files, one durable
 * write each. The next segment is prepared while the present one fills, so that rolling over is the same
 * single write, and so that the space for what must still be recorded when a disk is full is there already.
 * Open one with `openSegmentLog`.
 */
import { Fault, invariant } from '../base/fault.ts'
import type { Instant } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import type { Seq } from '../base/ids.ts'
import type { Event } from '../kernel/event.ts'
import type { BlobStore } from './blobs.ts'
import type { CheckpointSigner } from './checkpoint.ts'
import { signCheckpoint } from './checkpoint.ts'
import { encodeSlot, slotOffset } from './checkpoint-slots.ts'
import { CommitBuffer } from './commit-buffer.ts'
import { batchBytesLimit, segmentBytesDefault, segmentHeaderBytes } from './format.ts'
import type { Blob } from './payload.ts'
import { sealPayloads } from './payload.ts'
import type { Disk, DiskFailure, DiskFile, Head, Ledger, Room, Vault } from './port.ts'
import { headSlotOffset } from './safety/head-record.ts'
import { SpareSegment } from './spare-segment.ts'
import { encodeRecord } from './write-record.ts'

/** What a log needs beside its disk. */
export interface SegmentLogOptions {
  readonly domain: string
  readonly signer: CheckpointSigner
  readonly vault: Vault
  readonly blobs: BlobStore
  /** Length of new segment files; 16 MiB unless given. */
  readonly segmentBytes?: number
  /** What is kept for halt, revocation and outcomes once no segment can be added; 256 KiB unless given. */
  readonly reserveBytes?: number
}

/** The ledger, and what a machine that sizes its batches wants to know. */
export interface SegmentLog extends Ledger {
  readonly head: Head
  /** Longest batch that `append` takes. Beyond it is a Fault: split between commands, never inside one. */
  readonly batchBytes: number
  /** Bytes that `event` takes in a batch. Costs an encoding; worth it for orders, which can be large. */
  measure(event: Event): number
}

/** Where a log goes on. */
export interface SegmentLogStart {
  readonly seq: number
  readonly hash: Buffer
  readonly ledgerId: Uint8Array
  /** The segment being filled, or null before the first event. */
  readonly current: Position | null
  readonly checkpoints: DiskFile
  /** The head record, written after each checkpoint; null where none is kept. */
  readonly head: DiskFile | null
  readonly nextCheckpoint: number
}

/** A place in a segment file. */
export interface Position {
  readonly file: DiskFile
  readonly ordinal: number
  readonly offset: number
}

type Done = (failure: DiskFailure | null) => void

const reserveBytesDefault = 256 * 1024
/** With less than this fraction of the reserve left, not even a halt is sure to fit. */
const leastFraction = 32
const sealOverhead = 256

/** The log over `disk` that goes on at `start`. Begins to prepare the next segment. */
export function continueSegmentLog(
  disk: Disk,
  options: SegmentLogOptions,
  start: SegmentLogStart,
): SegmentLog {
  return new SegmentLogWriter(disk, options, start)
}

class SegmentLogWriter implements SegmentLog {
  readonly batchBytes: number
  readonly #options: SegmentLogOptions
  readonly #ledgerId: Uint8Array
  readonly #checkpoints: DiskFile
  readonly #headRecord: DiskFile | null
  readonly #buffer = new CommitBuffer()
  readonly #spare: SpareSegment
  readonly #reserveBytes: number
  #seq: number
  #hash: Buffer
  #current: Position | null
  #nextCheckpoint: number
  #appending = false
  #checkpointing = false
  #closed = false
  #failure: DiskFailure | null = null

  constructor(disk: Disk, options: SegmentLogOptions, start: SegmentLogStart) {
    const segmentBytes = options.segmentBytes ?? segmentBytesDefault
    this.#options = options
    this.#ledgerId = start.ledgerId
    this.#checkpoints = start.checkpoints
    this.#headRecord = start.head
    this.#reserveBytes = options.reserveBytes ?? reserveBytesDefault
    this.#seq = start.seq
    this.#hash = start.hash
    this.#current = start.current
    this.#nextCheckpoint = start.nextCheckpoint
    this.#spare = new SpareSegment(disk, segmentBytes, (start.current?.ordinal ?? 0) + 1)
    this.batchBytes = Math.min(batchBytesLimit, this.#spare.length - segmentHeaderBytes)
  }

  get durable(): number {
    return this.#seq
  }

  get head(): Head {
    return { seq: id<Seq>(this.#seq), hash: this.#hash.toString('hex') }
  }

  measure(event: Event): number {
    const payloadBytes = event.payload === null ? 0 : Math.min(event.payload.length, 4096) + sealOverhead
    return encodeRecord({ ...event, payload: null }, null).length + payloadBytes
  }

  room(unwrittenBytes = 0, promisedBytes = 0): Room {
    if (this.#failure !== null || this.#closed) return 'none'
    // Until a spare is there nobody knows whether there will be one; only a ledger not begun may hope.
    if (this.#spare.isReady || (this.#current === null && this.#spare.failure === null)) return 'ample'
    const rest = this.#current === null ? 0 : this.#current.file.length - this.#current.offset
    const left = rest - unwrittenBytes
    if (left - promisedBytes >= this.#reserveBytes) return 'ample'
    return left >= this.#reserveBytes / leastFraction ? 'reserved' : 'none'
  }

  get isMakingRoom(): boolean {
    return this.#failure === null && !this.#closed && this.#spare.isPreparing
  }

  whenRoomIsKnown(known: () => void): void {
    this.#spare.whenKnown(known)
  }

  append(events: readonly Event[], done: Done): void {
    invariant(!this.#appending, 'one append at a time')
    invariant(!this.#closed, 'nothing is appended to a closed ledger')
    if (this.#refuse(done)) return
    this.#expectSequence(events)
    this.#appending = true
    const { stored, blobs } = sealPayloads(events, this.#options.vault)
    const length = this.#buffer.encode(events, stored)
    invariant(length <= this.batchBytes, 'a batch is larger than a segment takes')
    this.#storeBlobs(blobs, 0, (failure) => {
      if (failure === null) this.#place(events.length, length, done)
      else this.#finish(failure, done)
    })
  }

  #expectSequence(events: readonly Event[]): void {
    invariant(events.length > 0, 'a batch has at least one event')
    let last = this.#seq
    for (const { seq } of events) {
      // Put together only when it is needed: there are very many events.
      if (seq !== last + 1) throw new Fault(`event ${seq} does not follow event ${last}`)
      last = seq
    }
  }

  #storeBlobs(blobs: readonly Blob[], from: number, done: Done): void {
    const blob = blobs[from]
    if (blob === undefined) return done(null)
    this.#options.blobs.put(blob.digest, blob.sealed, (failure) => {
      if (failure === null) this.#storeBlobs(blobs, from + 1, done)
      else done(failure)
    })
  }

  #place(count: number, length: number, done: Done): void {
    const at = this.#current
    if (at === null || length > at.file.length - at.offset) return this.#rollOver(count, done)
    const write = this.#buffer.batch(this.#hash)
    at.file.write(at.offset, write.bytes, (failure) => {
      if (failure === null) this.#advance(count, write.hash, { ...at, offset: at.offset + length })
      this.#finish(failure, done)
    })
  }

  #rollOver(count: number, done: Done): void {
    this.#spare.take((spare) => {
      if ('code' in spare) return this.#finish(spare, done)
      const { file, ordinal } = spare
      const write = this.#buffer.segmentStart({
        ordinal,
        segmentBytes: file.length,
        firstSeq: this.#seq + 1,
        previous: this.#hash,
        ledgerId: this.#ledgerId,
        domain: this.#options.domain,
      })
      file.write(0, write.bytes, (failure) => {
        this.#current?.file.close()
        this.#current = { file, ordinal, offset: 0 }
        if (failure === null) this.#advance(count, write.hash, { file, ordinal, offset: write.bytes.length })
        this.#finish(failure, done)
      })
    })
  }

  #advance(count: number, hash: Buffer, position: Position): void {
    this.#seq += count
    this.#hash = hash
    this.#current = position
  }

  #finish(failure: DiskFailure | null, done: Done): void {
    this.#appending = false
    this.#failure ??= failure
    if (this.#closed) this.#closeFiles()
    done(failure)
  }

  /** Answers with the failure that poisoned the log, if one did. */
  #refuse(done: Done): boolean {
    const failure = this.#failure
    if (failure !== null) queueMicrotask(() => done(failure))
    return failure !== null
  }

  checkpoint(at: Instant, stateRoot: string, done: Done): void {
    invariant(!this.#appending && !this.#checkpointing, 'a checkpoint waits for the append under way')
    invariant(!this.#closed, 'a closed ledger takes no checkpoint')
    if (this.#refuse(done)) return
    this.#spare.retry()
    if (this.#seq === 0) return queueMicrotask(() => done(null))
    const number = this.#nextCheckpoint++
    const { hash } = this.head
    const checkpoint = { domain: this.#options.domain, seq: this.#seq, hash, number, stateRoot, at }
    const slot = encodeSlot(signCheckpoint(checkpoint, this.#options.signer))
    this.#checkpointing = true
    const finish = (failure: DiskFailure | null): void => {
      this.#checkpointing = false
      this.#failure ??= failure
      if (this.#closed) this.#closeFiles()
      done(failure)
    }
    this.#checkpoints.write(slotOffset(number), slot, (failure) => {
      if (failure !== null || this.#headRecord === null) return finish(failure)
      this.#headRecord.write(headSlotOffset(number), slot, finish)
    })
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#spare.close()
    this.#closeFiles()
  }

  /** A file with a write under way is closed when that ends. */
  #closeFiles(): void {
    if (this.#appending || this.#checkpointing) return
    this.#current?.file.close()
    this.#checkpoints.close()
    this.#headRecord?.close()
  }
}
