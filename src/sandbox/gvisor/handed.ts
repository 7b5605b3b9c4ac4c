/**
 * A program in a machine that stood already. Its time on the clock counts from when the machine was given it, and it has
 * ended when the machine says so: whatever else is in there is killed then, which is sooner than waiting until the machine
 * has cleared itself away.
 */
import type { ChildProcess } from 'node:child_process'
import type { Confined, End, Limits, Rung, Usage } from '../boundary.ts'

const longestTimerMs = 2_147_483_647
/** Ended by SIGXCPU, as a shell says it. */
const tooLong = 128 + 24

/** What is handed over. */
export interface Handover {
  readonly confined: Confined
  readonly limits: Limits
  /** The status that the machine told, or null when it ended without a word. Never rejects. */
  readonly told: Promise<number | null>
}

/** Passes everything on, and ends it when its program or its time is over. */
export class Handed implements Confined {
  readonly rung: Rung
  readonly child: ChildProcess
  readonly ended: Promise<End>
  readonly #confined: Confined
  readonly #timer: NodeJS.Timeout | undefined
  #isOverdue = false

  /** Starts the clock. */
  constructor({ confined, limits, told }: Handover) {
    this.#confined = confined
    this.rung = confined.rung
    this.child = confined.child
    const overdue = (): void => {
      this.#isOverdue = true
      this.kill()
    }
    if (limits.wallMs !== null)
      this.#timer = setTimeout(overdue, Math.min(limits.wallMs, longestTimerMs)).unref()
    void told.then((status) => status !== null && this.kill())
    this.ended = Promise.all([confined.ended, told]).then(([end, status]) => {
      clearTimeout(this.#timer)
      if (this.#isOverdue) return { ...end, limit: 'wall time' }
      if (status === null || end.limit !== '') return end
      const limit = status === tooLong && limits.cpuSeconds !== null ? 'processor time' : ''
      return { status, signal: null, limit }
    })
  }

  get pids(): readonly number[] {
    return this.#confined.pids
  }

  usage(): Usage {
    return this.#confined.usage()
  }

  kill(): void {
    this.#confined.kill()
  }
}
