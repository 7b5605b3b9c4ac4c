/**
 * A boundary that was started before its program was known. Its time on the clock counts from when it is given a
 * program, not from when it was started.
 */
import type { ChildProcess } from 'node:child_process'
import type { Confined, End, Rung, Usage } from '../boundary.ts'

const longestTimerMs = 2_147_483_647

/** Passes everything on, and ends it when its time is over. */
export class Handed implements Confined {
  readonly rung: Rung
  readonly child: ChildProcess
  readonly ended: Promise<End>
  readonly #confined: Confined
  readonly #wallMs: number | null
  #timer: NodeJS.Timeout | undefined
  #isOverdue = false

  constructor(confined: Confined, wallMs: number | null) {
    this.#confined = confined
    this.#wallMs = wallMs
    this.rung = confined.rung
    this.child = confined.child
    this.child.stdin?.on('error', () => {
      // It ended before it read its command; whoever waits for its end is told.
    })
    this.ended = confined.ended.then((end) => {
      clearTimeout(this.#timer)
      return this.#isOverdue ? { ...end, limit: 'wall time' } : end
    })
  }

  get pids(): readonly number[] {
    return this.#confined.pids
  }

  /** Starts the clock. */
  begin(): void {
    if (this.#wallMs === null) return
    const overdue = (): void => {
      this.#isOverdue = true
      this.kill()
    }
    this.#timer = setTimeout(overdue, Math.min(this.#wallMs, longestTimerMs)).unref()
  }

  usage(): Usage {
    return this.#confined.usage()
  }

  kill(): void {
    this.#confined.kill()
  }
}
