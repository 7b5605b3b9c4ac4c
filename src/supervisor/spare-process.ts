/**
 * A process that is started before it is needed and has been told nothing. Node.js and our own sources take longer to
 * load than a driver takes to be served again, so one adapter waits at its standard input for the task of whichever
 * driver fails next. It has no secret and no program, and nothing ever ran in it: who takes it starts as clean as with a
 * new one.
 */
import type { ContainedProcess } from './contain.ts'
import { killTree } from './contain.ts'

/** After a start, so that it does not take time from what is just starting. */
const renewMs = 1_000

/** Owns one idle process, from `renew` on; who takes it owns it then. */
export class SpareProcess {
  readonly #start: () => ContainedProcess
  #idle: ContainedProcess | null = null
  #timer: NodeJS.Timeout | null = null

  /** `start` starts one that waits for its task. */
  constructor(start: () => ContainedProcess) {
    this.#start = start
  }

  /** The idle one, or null when there is none or it has ended by itself. */
  take(): ContainedProcess | null {
    const taken = this.#idle
    this.#idle = null
    return taken !== null && isAlive(taken) ? taken : null
  }

  /** Has one stand idle soon, unless one does. */
  renew(): void {
    if (this.#timer !== null || (this.#idle !== null && isAlive(this.#idle))) return
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#idle = this.#start()
    }, renewMs)
  }

  /** Kills the idle one and has none until `renew`. Returns without waiting. */
  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#idle !== null) killTree(this.#idle)
    this.#idle = null
  }
}

function isAlive({ child }: ContainedProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null
}
