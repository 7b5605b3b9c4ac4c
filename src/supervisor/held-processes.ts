/**
 * Processes that somebody else started and asked to be ended with everything. Each is remembered by its number
 * and the instant at which it began, because numbers are given again and a stranger must not be killed.
 */
import { readProcess } from './process-table.ts'

/** Held processes. */
export class HeldProcesses {
  readonly #pids: ReadonlyMap<number, string>

  /** Processes that are gone already are left out. */
  constructor(pids: readonly number[]) {
    const found = pids.map((pid) => readProcess(pid)).filter((row) => row !== null)
    this.#pids = new Map(found.map((row) => [row.pid, row.startedAt]))
  }

  /** Those that still run. */
  get alive(): readonly number[] {
    const known = [...this.#pids].filter(([pid, startedAt]) => {
      const row = readProcess(pid)
      return row !== null && row.startedAt === startedAt && !row.isZombie
    })
    return known.map(([pid]) => pid)
  }

  /** Sends SIGKILL to all of them. Never throws. */
  kill(): void {
    for (const pid of this.alive) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It is gone.
      }
    }
  }
}
