/**
 * Folders in memory that fail at one chosen operation, in one chosen way. All folders of a world share one count
 * of operations, so that a sweep can put the fault at the first, the second, … until none is left. What was
 * reported durable stays; of anything else a death leaves what the way of dying says.
 */
import type { DiskFailure, DiskFile, RepairableDisk } from '../../../src/ledger/port.ts'
import type { BlobStore } from '../../../src/ledger/blobs.ts'

/** How the chosen operation goes wrong. */
export type FaultKind =
  | 'fail-once' // it fails, having left some of its sectors; those after it succeed
  | 'fail-for-ever' // it and all after it fail, leaving nothing
  | 'kill-before' // the process dies before it
  | 'kill-after' // the process dies after it, and before it is told
  | 'torn-prefix' // the process dies in it: its first sectors are there
  | 'torn-suffix' // its last sectors are there
  | 'torn-holes' // every other sector is there
  | 'torn-bytes' // it stops in the middle of a sector

/** Every kind. */
export const faultKinds: readonly FaultKind[] = [
  'fail-once',
  'fail-for-ever',
  'kill-before',
  'kill-after',
  'torn-prefix',
  'torn-suffix',
  'torn-holes',
  'torn-bytes',
]

/** The fault of one run: at which operation, counted from 1. */
export interface Fault {
  readonly at: number
  readonly kind: FaultKind
}

/** Files by name. */
export type Image = Map<string, Uint8Array>

const sectorBytes = 512

/** Counts operations, and says how each of them goes. */
export class FaultClock {
  readonly #fault: Fault | null
  /** Operations so far. */
  operations = 0
  /** True once the process died. */
  isDead = false
  /** True once the fault happened. */
  hasStruck = false
  /** Resolves when the process dies. */
  readonly death: Promise<'dead'>
  #die: (word: 'dead') => void = () => undefined

  constructor(fault: Fault | null) {
    this.#fault = fault
    this.death = new Promise((resolve) => (this.#die = resolve))
  }

  /**
   * One operation: `apply` puts bytes from one offset to another in place, `told` hears how it went. Nobody is
   * told anything after a death.
   */
  run(
    length: number,
    apply: (from: number, to: number) => void,
    told: (failure: DiskFailure | null) => void,
  ): void {
    if (this.isDead) return
    this.operations += 1
    const kind = this.#kindNow()
    if (kind === null) {
      apply(0, length)
      return told(null)
    }
    this.hasStruck = true
    this.#leave(kind, length, apply)
    if (kind === 'fail-once') return told({ code: 'io', message: 'the disk failed' })
    if (kind === 'fail-for-ever') return told({ code: 'no-space', message: 'the disk is full' })
    this.isDead = true
    this.#die('dead')
  }

  #kindNow(): FaultKind | null {
    const fault = this.#fault
    if (fault === null) return null
    if (fault.kind === 'fail-for-ever') return this.operations >= fault.at ? fault.kind : null
    return this.operations === fault.at ? fault.kind : null
  }

  #leave(kind: FaultKind, length: number, apply: (from: number, to: number) => void): void {
    const sectors = Math.ceil(length / sectorBytes)
    const half = Math.ceil(sectors / 2)
    if (kind === 'kill-after') apply(0, length)
    if (kind === 'torn-bytes')
      apply(0, Math.floor(length / 2) + 7 < length ? Math.floor(length / 2) + 7 : length - 1)
    if (kind === 'torn-prefix') apply(0, Math.min(length, half * sectorBytes))
    if (kind === 'torn-suffix') apply(Math.min(length, half * sectorBytes), length)
    if (kind === 'fail-once' || kind === 'torn-holes')
      for (let at = sectorBytes; at < length; at += 2 * sectorBytes)
        apply(at, Math.min(length, at + sectorBytes))
  }
}

/** The folder whose files are `image`, under `clock`. Its operations end after `turns` turns of the loop. */
export function faultDisk(image: Image, clock: FaultClock, turns = 1): RepairableDisk {
  const later = (run: () => void, left = turns): void =>
    queueMicrotask(() => (left <= 1 ? run() : later(run, left - 1)))
  const whole = (name: string, bytes: Uint8Array, done: (failure: DiskFailure | null) => void): void => {
    // Under another name until it is whole: a death leaves all of it or nothing.
    const apply = (from: number, to: number): void =>
      void (to - from === bytes.length && image.set(name, bytes))
    later(() => clock.run(bytes.length, apply, done))
  }
  return {
    list: () => [...image.keys()].sort(),
    open: (name) => (image.has(name) ? faultFile(image, name, clock, later) : null),
    create(name, length, done) {
      if (image.has(name)) return later(() => done({ code: 'io', message: `${name} exists already` }))
      whole(name, new Uint8Array(length), (failure) => done(failure ?? faultFile(image, name, clock, later)))
    },
    replace: (name, bytes, done) => whole(name, new Uint8Array(bytes), done),
  }
}

function faultFile(
  image: Image,
  name: string,
  clock: FaultClock,
  later: (run: () => void) => void,
): DiskFile {
  const content = (): Uint8Array => image.get(name) ?? new Uint8Array()
  let poison: DiskFailure | null = null
  return {
    name,
    length: content().length,
    read: (offset, length) => new Uint8Array(content().subarray(offset, offset + length)),
    write(offset, bytes, done) {
      const copy = new Uint8Array(bytes)
      const apply = (from: number, to: number): void => content().set(copy.subarray(from, to), offset + from)
      later(() => {
        if (poison !== null) return done(poison)
        clock.run(copy.length, apply, (failure) => {
          poison = failure
          done(failure)
        })
      })
    },
    close: () => undefined,
  }
}

/** Blobs whose files are `image`, under `clock`. */
export function faultBlobs(image: Image, clock: FaultClock): BlobStore {
  return {
    get: (digest) => image.get(digest) ?? null,
    put(digest, sealed, done) {
      const bytes = new Uint8Array(sealed)
      const apply = (from: number, to: number): void =>
        void (to - from === bytes.length && image.set(digest, bytes))
      queueMicrotask(() => clock.run(bytes.length, apply, done))
    },
  }
}
