/**
 * What the ledger asks of the world (a disk), and what the machine asks of the ledger. The same ledger
 * code runs over a real folder and over the simulator's disk.
 */
import type { Instant, Seq } from '../base/ids.ts'
import type { Event } from '../kernel/event.ts'

/** Why bytes could not be made durable. After any of these the file is poisoned: never written again. */
export interface DiskFailure {
  readonly code: 'no-space' | 'read-only' | 'io'
  readonly message: string
}

/** One open file. Reads are synchronous; a write is durable when `done(null)` is called. */
export interface DiskFile {
  readonly name: string
  readonly length: number
  /** Up to `length` bytes from `offset`; shorter at the end of the file. The result is the caller's. */
  read(offset: number, length: number): Uint8Array
  /**
   * Writes all of `bytes` at `offset` and makes them durable, then calls `done` once, never before
   * returning. The bytes belong to the disk until then. On failure nothing is known of the file's content
   * in that range.
   */
  write(offset: number, bytes: Uint8Array, done: (failure: DiskFailure | null) => void): void
  close(): void
}

/** One folder of files. Names are plain, without separators. */
export interface Disk {
  list(): readonly string[]
  /** Opens an existing file for reading and writing, or null when there is none. */
  open(name: string): DiskFile | null
  /**
   * Makes a file of `length` zero bytes whose blocks are allocated and whose name is durable before `done`
   * is called. On failure no file of that name is left behind.
   */
  create(name: string, length: number, done: (result: DiskFile | DiskFailure) => void): void
}

/** A disk whose files can be put in place whole: what repairing one copy from another needs. */
export interface RepairableDisk extends Disk {
  /**
   * Makes `bytes` the content of the file, which may be missing or of another length, and makes that durable
   * before `done(null)`. Until then, and on failure, the file is what it was.
   */
  replace(name: string, bytes: Uint8Array, done: (failure: DiskFailure | null) => void): void
}

/** How much the ledger can still take. `reserved` is kept for halt, revocation and outcomes. */
export type Room = 'ample' | 'reserved' | 'none'

/** An append-only, hash-chained log with one writer. */
export interface Ledger {
  /** Last event known to be durable; 0 when empty. */
  readonly durable: number
  /**
   * Appends one batch. `events` continue the sequence without a gap; only one append may be under way.
   * Calls `done(null)` once all of them are durable, never before returning. After a failure the ledger is
   * poisoned: nothing more is appended and the process must stop and refold.
   */
  append(events: readonly Event[], done: (failure: DiskFailure | null) => void): void
  /** Signs and stores a checkpoint of the head. Only when no append is under way. `done` as in `append`. */
  checkpoint(at: Instant, stateRoot: string, done: (failure: DiskFailure | null) => void): void
  /**
   * Judged as if `unwrittenBytes` of events, decided and not appended yet, were written already. More than
   * the reserve must be left beside `promisedBytes`, for what is sure to follow, for room to be ample.
   */
  room(unwrittenBytes?: number, promisedBytes?: number): Room
  /** True while more room is being prepared, so that what `room` says may soon be better. */
  readonly isMakingRoom: boolean
  /** Calls `known` once, when the preparation under way has succeeded or failed. */
  whenRoomIsKnown(known: () => void): void
  close(): void
}

/** Position and chain value of a batch end, as signed checkpoints state it. */
export interface Head {
  readonly seq: Seq | 0
  /** Chain value after that event's batch, SHA-256 in hex. */
  readonly hash: string
}

/** Bytes to be sealed, and the subject they are about: 0, or none, is the domain itself. */
export interface Plaintext {
  readonly bytes: Uint8Array
  readonly subject?: number
}

/** A payload that was just sealed: it is written once, to where it belongs, without standing anywhere by itself. */
export interface SealedText {
  readonly form: 'sealed'
  /** Bytes that it takes. */
  readonly length: number
  /** Writes them at `at` of `target`. */
  write(target: Buffer, at: number): void
}

/** Seals payload bytes under the keys of their subjects. Sealed bytes and commitments reveal nothing without them. */
export interface Vault {
  /** HMAC-SHA-256 of `bytes` under the subject's commitment key, in hex. */
  commit(bytes: Uint8Array, subject?: number): string
  /** The sealed form of each, in order. What is sealed together shares the cost of one key. */
  seal(texts: readonly Plaintext[]): readonly SealedText[]
  /** Null when the key is gone, or the bytes are not those that `commitment` stands for. */
  open(sealed: Uint8Array, commitment: string): Uint8Array | null
}
