/**
 * Machines that stand before anybody asks. One takes a tenth of a second to start, so a few are kept idle for one
 * boundary. Each knows that boundary and nothing else; it is used once, and not at all when the boundary would be made
 * otherwise by now. What comes out of the pool has never run anything of anybody's.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Result } from '../../base/result.ts'
import { err } from '../../base/result.ts'
import type { Boundary, Confined, ConfinedCommand, Confiner } from '../boundary.ts'
import type { IdleMachine } from './idle-machine.ts'
import { startIdleMachine } from './idle-machine.ts'
import { commandMessage } from './waiting-program.ts'

/** What a pool keeps. */
export interface WarmPoolOptions {
  readonly confiner: Confiner
  /** Makes the boundary of the next one; called for each, because sockets and stores may belong to one alone. */
  readonly boundary: () => Boundary | Promise<Boundary>
  /** How many are kept idle; at most `mostIdle`. */
  readonly size: number
  /** After so long without a command all are ended, until somebody asks again. Ten minutes by default. */
  readonly idleMs?: number
  /** How long after a command the next one is started; a quarter of a second by default. */
  readonly refillMs?: number
}

/** Most machines that one pool keeps: each takes some 40 MiB. */
export const mostIdle = 8
/** After so many failed starts in a row nothing is kept until somebody asks again. */
const mostFailures = 3
const defaultIdleMs = 600_000
/** A start takes a processor for a tenth of a second, which the command that was just given is to have. */
const defaultRefillMs = 250

/** Owns the idle ones; who is given one owns that one. */
export class WarmPool {
  readonly #options: WarmPoolOptions
  readonly #idle: IdleMachine[] = []
  #filling: Promise<void> | null = null
  #failures = 0
  #refillAt = 0
  #isClosed = false
  #isTired = false
  #timer: NodeJS.Timeout | undefined

  constructor(options: WarmPoolOptions) {
    this.#options = options
    this.#wake()
    this.#fill()
  }

  /** How many stand idle now and wait for a command. */
  get ready(): number {
    return this.#idle.length
  }

  /** Resolves once as many stand idle as are to be kept, or none can be started. */
  async filled(): Promise<void> {
    while (this.#filling !== null) await this.#filling
  }

  /**
   * Runs a command in a machine that stands already, or in a new one when none does or when the command needs
   * standard streams of the caller's own. The same contract as `Confiner.start`.
   */
  async run(what: ConfinedCommand): Promise<Result<Confined, string>> {
    if (this.#isClosed) return err('the pool is closed')
    const warm = this.take(what)
    if (warm !== null) return await warm
    return await this.#options.confiner.start(await this.#options.boundary(), what)
  }

  /**
   * The same, when a machine stands whose boundary is `wanted`, or its own when that is not given; else null. One that
   * stands in a boundary that would be made otherwise by now is ended.
   */
  take(what: ConfinedCommand, wanted?: Boundary): Promise<Result<Confined, string>> | null {
    const message = isPiped(what) ? commandMessage([what.command, ...what.args]) : null
    this.#failures = 0
    this.#wake()
    const machine = message === null || this.#isClosed ? null : this.#next(wanted)
    this.#refillAt = performance.now() + (this.#options.refillMs ?? defaultRefillMs)
    this.#fill()
    return machine === null || message === null ? null : machine.handOver(message, what)
  }

  /** Kills every idle one at once and keeps none from now on. Resolves when they are gone. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await this.#dropAll()
    await this.filled()
  }

  #next(wanted: Boundary | undefined): IdleMachine | null {
    for (;;) {
      const machine = this.#idle.shift()
      if (machine === undefined) return null
      if (machine.fits(wanted ?? machine.boundary)) return machine
      machine.kill()
    }
  }

  /** From now on it is kept for another while. */
  #wake(): void {
    this.#isTired = false
    clearTimeout(this.#timer)
    const tire = (): void => {
      this.#isTired = true
      void this.#dropAll()
    }
    if (!this.#isClosed) this.#timer = setTimeout(tire, this.#options.idleMs ?? defaultIdleMs).unref()
  }

  async #dropAll(): Promise<void> {
    const all = this.#idle.splice(0)
    for (const machine of all) machine.kill()
    await Promise.all(all.map(({ ended }) => ended))
  }

  #fill(): void {
    if (this.#filling !== null || !this.#wants()) return
    this.#filling = this.#startOne().finally(() => {
      this.#filling = null
      this.#fill()
    })
  }

  #wants(): boolean {
    const { size } = this.#options
    if (this.#isClosed || this.#isTired || this.#failures >= mostFailures) return false
    return this.#idle.length < Math.min(size, mostIdle)
  }

  async #startOne(): Promise<void> {
    const { confiner, boundary } = this.#options
    try {
      for (let ms = this.#waits(); ms > 0; ms = this.#waits()) await pause(ms)
      if (!this.#wants()) return
      const started = await startIdleMachine(confiner, await boundary())
      if (started.ok) this.#keep(started.value)
      else this.#failures += 1
    } catch {
      this.#failures += 1
    }
  }

  #waits(): number {
    return this.#isClosed ? 0 : this.#refillAt - performance.now()
  }

  #keep(machine: IdleMachine): void {
    if (!this.#wants()) {
      machine.kill()
      return
    }
    this.#failures = 0
    this.#idle.push(machine)
    void machine.ended.then(() => {
      const index = this.#idle.indexOf(machine)
      if (index === -1) return
      this.#idle.splice(index, 1)
      this.#failures += 1
      this.#fill()
    })
  }
}

/** A machine's streams are pipes, and there are three. */
function isPiped({ stdio }: ConfinedCommand): boolean {
  if (typeof stdio === 'string') return stdio === 'pipe'
  return stdio.length === 3 && stdio.every((stream) => stream === 'pipe')
}
