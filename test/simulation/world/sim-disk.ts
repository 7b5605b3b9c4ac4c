/**
 * A disk that keeps its promises and no more. What was acknowledged stays; of everything else a crash keeps,
 * drops or tears each sector as it likes. It can be slow, full or broken. It never lies: a disk that
 * acknowledges what it did not keep is found by witnesses, not by its own machine.
 */
import type { Disk, DiskFailure, DiskFile } from '../../../src/ledger/port.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'

const sectorBytes = 512

interface Write {
  readonly name: string
  readonly offset: number
  readonly bytes: Uint8Array
}

/** What somebody who watches the disk sees. */
export interface DiskWatcher {
  /** These bytes are durable from now on; nobody has been told yet. */
  durable(name: string, offset: number, bytes: Uint8Array): void
  /** A write was under way when the disk or its writer failed: what is left of it is left to chance. */
  torn(): void
  /** A write failed although its writer lives, or takes much longer than others. */
  failed(how: 'broken' | 'stalled'): void
}

/** What is wrong with the disk at present. */
export interface DiskWeather {
  /** No file can be made. */
  full: boolean
  /** The next write fails and leaves some of its sectors. */
  breaksOnce: boolean
  /** How much longer the next write takes, in milliseconds. */
  stallsOnceMs: number
  /** The longest a write takes, in milliseconds. */
  slowMs: number
}

/** The simulator's disk: one folder. */
export class SimDisk implements Disk {
  readonly weather: DiskWeather = { full: false, breaksOnce: false, stallsOnceMs: 0, slowMs: 2 }
  readonly #files = new Map<string, Uint8Array>()
  readonly #scheduler: Scheduler
  readonly #random: Random
  readonly #watcher: DiskWatcher
  /** Bumped by a crash: what was under way before it never completes. */
  #life = 0
  #writes = new Set<Write>()
  #creations = new Map<string, number>()

  constructor(scheduler: Scheduler, random: Random, watcher: DiskWatcher) {
    this.#scheduler = scheduler
    this.#random = random
    this.#watcher = watcher
  }

  list(): readonly string[] {
    return [...this.#files.keys()].sort()
  }

  open(name: string): DiskFile | null {
    return this.#files.has(name) ? this.#file(name) : null
  }

  create(name: string, length: number, done: (result: DiskFile | DiskFailure) => void): void {
    this.#creations.set(name, length)
    this.#later(() => {
      this.#creations.delete(name)
      if (this.weather.full) return done({ code: 'no-space', message: `no space for ${name}` })
      if (!this.#files.has(name)) this.#files.set(name, new Uint8Array(length))
      done(this.#file(name))
    })
  }

  /** The power fails, or the process is killed. Nothing under way completes; some of it happened anyway. */
  crash(): void {
    this.#life += 1
    this.weather.breaksOnce = false
    for (const write of this.#writes) this.#tear(write)
    this.#writes = new Set()
    for (const [name, length] of this.#creations)
      if (this.#random.percent(50) && !this.#files.has(name)) this.#files.set(name, new Uint8Array(length))
    this.#creations = new Map()
  }

  #file(name: string): DiskFile {
    const content = (): Uint8Array => this.#files.get(name) as Uint8Array
    return {
      name,
      length: content().length,
      read: (offset, length) => content().slice(offset, offset + length),
      write: (offset, bytes, done) => this.#write({ name, offset, bytes: bytes.slice() }, done),
      close: () => undefined,
    }
  }

  #write(write: Write, done: (failure: DiskFailure | null) => void): void {
    this.#writes.add(write)
    const { stallsOnceMs } = this.weather
    this.weather.stallsOnceMs = 0
    if (stallsOnceMs > 0) this.#watcher.failed('stalled')
    this.#later(() => {
      this.#writes.delete(write)
      if (this.weather.breaksOnce) {
        this.weather.breaksOnce = false
        this.#watcher.failed('broken')
        this.#tear(write)
        return done({ code: 'io', message: `${write.name}: the disk is broken` })
      }
      this.#files.get(write.name)?.set(write.bytes, write.offset)
      this.#watcher.durable(write.name, write.offset, write.bytes)
      done(null)
    }, stallsOnceMs)
  }

  /** All of the write, none of it, a prefix as a killed writer leaves it, or any of its sectors. */
  #tear({ name, offset, bytes }: Write): void {
    this.#watcher.torn()
    const file = this.#files.get(name)
    const kind = this.#random.weighted({ all: 3, none: 3, prefix: 3, sectors: 4 })
    if (file === undefined || kind === 'none') return
    const end = kind === 'prefix' ? this.#random.below(bytes.length + 1) : bytes.length
    for (let at = 0; at < end; at += sectorBytes) {
      if (kind === 'sectors' && this.#random.percent(50)) continue
      file.set(bytes.subarray(at, Math.min(at + sectorBytes, end)), offset + at)
    }
  }

  #later(run: () => void, moreMs = 0): void {
    const life = this.#life
    this.#scheduler.after(this.#random.below(this.weather.slowMs + 1) + moreMs, () => {
      if (life === this.#life) run()
    })
  }
}
