/**
 * Sees that nothing is left of what was killed. A process that left its tree is found by the mark in its environment,
 * and looking for marks means reading every process there is; so all that wait for an end share one look, and fifty
 * ends cost no more than one.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { ContainedProcess } from './contain.ts'
import { isOver, sendKill } from './contain.ts'
import { unitMarks } from './process-table.ts'

interface Awaited {
  readonly process: ContainedProcess
  readonly deadline: number
  readonly resolve: (survivors: readonly number[]) => void
}

const lookEveryMs = 5

/** Watches for ends, as long as somebody waits for one. */
export class EndWatch {
  readonly #awaited = new Set<Awaited>()
  #isLooking = false

  /**
   * Waits until nothing of it is left, killing again what still shows, for at most `timeoutMs`. Resolves with the
   * process ids that are still there: empty is the proof, as far as the containment reaches.
   */
  confirm(process: ContainedProcess, timeoutMs: number): Promise<readonly number[]> {
    const { promise, resolve } = Promise.withResolvers<readonly number[]>()
    this.#awaited.add({ process, deadline: performance.now() + timeoutMs, resolve })
    void this.#look()
    return promise
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    // Those that end together are looked for together.
    for (await pause(0); this.#awaited.size > 0; await pause(lookEveryMs)) this.#lookOnce()
    this.#isLooking = false
  }

  #lookOnce(): void {
    const marks = unitMarks()
    for (const awaited of this.#awaited) {
      const { process, deadline, resolve } = awaited
      const { pid } = process.child
      const own = pid === undefined || isOver(process) ? [] : [pid]
      const survivors = [...new Set([...own, ...(marks.get(process.mark) ?? [])])]
      if (survivors.length === 0 || performance.now() >= deadline) {
        this.#awaited.delete(awaited)
        resolve(survivors)
      } else for (const survivor of survivors) sendKill(survivor)
    }
  }
}
