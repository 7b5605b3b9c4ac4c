/**
 * Processes that somebody else started and asked to be ended with everything. Each is remembered by its number
 * and the instant at which it began, because numbers are given again and a stranger must not be killed.
 */
import { markedProcesses, readProcess } from './process-table.ts'

/** Held processes, and everything that carries their mark. */
export class HeldProcesses {
  readonly #pids: ReadonlyMap<number, string>
  readonly #mark: string

  /** Processes that are gone already are left out. */
  constructor(pids: readonly number[], mark: string) {
    const found = pids.map((pid) => readProcess(pid)).filter((row) => row !== null)
    this.#pids = new Map(found.map((row) => [row.pid, row.startedAt]))
    this.#mark = mark
  }

  /** Those that still run. */
  get alive(): readonly number[] {
    const known = [...this.#pids].filter(([pid, startedAt]) => {
      const row = readProcess(pid)
      return row !== null && row.startedAt === startedAt && !row.isZombie
    })
    const marked = this.#mark === '' ? [] : markedProcesses(this.#mark)
    return [...new Set([...known.map(([pid]) => pid), ...marked])]
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
