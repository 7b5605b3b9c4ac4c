/**
 * One ledger's life on folders that fail: what was acknowledged, and what was sent. A life is written as if
 * nothing could fail; the first failure ends it, as it ends the kernel's process.
 */
import type { DiskFailure } from '../../../src/ledger/port.ts'
import type { Doubt, OpenedLog } from '../../../src/ledger/open.ts'
import { openSegmentLog } from '../../../src/ledger/open.ts'
import type { Bench } from '../../../src/ledger/ledger-contract.ts'
import { append, bench, checkpoint } from '../../../src/ledger/ledger-contract.ts'
import type { LedgerRecord } from '../../../src/ledger/record.ts'
import { sampleBatch } from '../../../src/ledger/sample-events.ts'
import type { SegmentLog } from '../../../src/ledger/segment-log.ts'
import { mirroredBlobs } from '../../../src/ledger/safety/mirrored-blobs.ts'
import type { MirrorLost } from '../../../src/ledger/safety/mirrored-disk.ts'
import { mirroredDisk } from '../../../src/ledger/safety/mirrored-disk.ts'
import type { Repair } from '../../../src/ledger/safety/reconcile.ts'
import { reconcile } from '../../../src/ledger/safety/reconcile.ts'
import type { Image } from './fault-disk.ts'
import { FaultClock, faultBlobs, faultDisk } from './fault-disk.ts'

/** All folders of one ledger. */
export interface Images {
  readonly main: Image
  readonly head: Image
  readonly blobs: Image
  readonly mirror: Image
  readonly mirrorBlobs: Image
}

/** How a world is furnished. */
export interface Furnishing {
  readonly segmentBytes?: number
  /** Without one unless given: a mirror that must not fail, one that may, or one whose writes end first. */
  readonly mirror?: 'needed' | 'spared' | 'slow'
  /** What an operator gave up. */
  readonly isAccepted?: (doubt: Doubt) => boolean
}

/** Thrown through a life when an operation failed. */
export class LifeEnded {
  readonly failure: string

  constructor(failure: string) {
    this.failure = failure
  }
}

/** New empty folders. */
export function emptyImages(): Images {
  return { main: new Map(), head: new Map(), blobs: new Map(), mirror: new Map(), mirrorBlobs: new Map() }
}

/** Copies of all folders. */
export function copyImages(images: Images): Images {
  const copy = (image: Image): Image => new Map([...image].map(([name, bytes]) => [name, bytes.slice()]))
  const { main, head, blobs, mirror, mirrorBlobs } = images
  return {
    main: copy(main),
    head: copy(head),
    blobs: copy(blobs),
    mirror: copy(mirror),
    mirrorBlobs: copy(mirrorBlobs),
  }
}

/** A ledger's life over `images`, under `clock`. */
export class Life {
  readonly images: Images
  readonly options: Bench
  readonly #clock: FaultClock
  readonly #furnishing: Furnishing
  #opened: OpenedLog | null = null
  /** Last event that was acknowledged. */
  acknowledged = 0
  /** The newest opening's records, repairs and whether its mirror was lost. */
  records: readonly LedgerRecord[] = []
  repairs: readonly Repair[] = []
  isMirrorLost = false
  readonly violations: string[] = []

  constructor(images: Images, clock: FaultClock, furnishing: Furnishing) {
    this.images = images
    this.#clock = clock
    this.#furnishing = furnishing
    this.options = {
      ...bench(furnishing.segmentBytes ?? 8192),
      blobs: faultBlobs(images.blobs, clock),
      headDisk: faultDisk(images.head, clock),
      ...(furnishing.isAccepted === undefined ? {} : { isAccepted: furnishing.isAccepted }),
    }
  }

  /** What is open, if anything is. */
  get opened(): OpenedLog {
    if (this.#opened === null) throw new LifeEnded('nothing is open')
    return this.#opened
  }

  /** The ledger; open it first. */
  get ledger(): SegmentLog {
    return this.opened.ledger
  }

  /** Opens, with the mirror if there is one. */
  async open(): Promise<void> {
    const { mirror } = this.#furnishing
    const main = faultDisk(this.images.main, this.#clock)
    const records: LedgerRecord[] = []
    let disk = main as Parameters<typeof openSegmentLog>[0]
    let { options } = this
    if (mirror !== undefined) {
      const second = faultDisk(this.images.mirror, this.#clock, mirror === 'slow' ? 3 : 1)
      const repaired = await this.#alive(reconcile(main, second, options.signer.publicKey))
      if (!repaired.ok) throw new LifeEnded(`${repaired.error.code}: ${repaired.error.message}`)
      this.repairs = repaired.value
      const onLost: MirrorLost = mirror === 'spared' ? () => void (this.isMirrorLost = true) : null
      disk = mirroredDisk(main, second, onLost)
      const blobs = mirroredBlobs(options.blobs, faultBlobs(this.images.mirrorBlobs, this.#clock), onLost)
      options = { ...options, blobs }
    }
    const opened = await this.#alive(openSegmentLog(disk, options, (record) => void records.push(record)))
    if (!opened.ok) throw new LifeEnded(`${opened.error.code}: ${opened.error.message}`)
    this.records = records
    this.#opened = opened.value
  }

  /** Appends a batch of `size` sample events. */
  async append(size: number): Promise<void> {
    const { ledger } = this
    const events = sampleBatch(ledger.durable + 1, size, this.options.vault, this.options.signer.publicKey)
    this.#end(await this.#alive(append(ledger, events)))
    this.acknowledged = events.at(-1)?.seq ?? 0
    const { mirror } = this.#furnishing
    if (mirror === 'needed' || mirror === 'slow') this.#compareCopies()
  }

  /** What is acknowledged is in both copies. */
  #compareCopies(): void {
    for (const [name, bytes] of this.images.main)
      if (
        name.endsWith('.seg') &&
        !Buffer.from(bytes).equals(this.images.mirror.get(name) ?? Buffer.alloc(bytes.length))
      )
        this.violations.push(`event ${this.acknowledged} was acknowledged, and ${name} differs in the mirror`)
  }

  /** Once the ledger failed it refuses everything; true also for who is dead, or failed before anything was open. */
  async isPoisoned(): Promise<boolean> {
    if (this.#clock.isDead || this.#opened === null) return true
    const { vault, signer } = this.options
    const next = sampleBatch(this.ledger.durable + 1, 1, vault, signer.publicKey)
    return (await append(this.ledger, next)) !== null && (await checkpoint(this.ledger, 1)) !== null
  }

  /** Several batches, with a checkpoint after every `every`-th. */
  async appendAll(sizes: readonly number[], every = 0): Promise<void> {
    for (const [index, size] of sizes.entries()) {
      // oxlint-disable-next-line no-await-in-loop -- one append at a time
      await this.append(size)
      // oxlint-disable-next-line no-await-in-loop -- and no checkpoint meanwhile
      if (every > 0 && index % every === every - 1) await this.checkpoint()
    }
  }

  /** Signs the end. */
  async checkpoint(): Promise<void> {
    this.#end(await this.#alive(checkpoint(this.ledger, this.ledger.durable)))
  }

  /** Closes, and forgets what was open. */
  close(): void {
    this.#opened?.ledger.close()
    this.#opened = null
  }

  #end(failure: DiskFailure | null): void {
    if (failure !== null) throw new LifeEnded(failure.message)
  }

  async #alive<T>(promise: Promise<T>): Promise<T> {
    const ended = await Promise.race([promise, this.#clock.death])
    if (ended === 'dead') throw new LifeEnded('dead')
    return ended
  }
}

/** A clock without a fault. */
export function peace(): FaultClock {
  return new FaultClock(null)
}
