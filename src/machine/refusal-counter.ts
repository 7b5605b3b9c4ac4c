/**
 * Counts refusals that the kernel decided not to record one by one, per process and code, until the machine
 * flushes them as one event. Bounded: processes and codes are both finite sets.
 */
import type { Instant, ProcessId } from '../base/ids.ts'

/** The counts of one process since `since`. */
export interface RefusalCounts {
  readonly process: ProcessId
  readonly since: Instant
  readonly counts: { readonly [code: string]: number }
}

/** Refusals that were answered and not recorded. */
export class RefusalCounter {
  readonly #byProcess = new Map<ProcessId, { since: Instant; counts: Map<string, number> }>()

  count(process: ProcessId, code: string, at: Instant): void {
    const entry = this.#byProcess.get(process) ?? { since: at, counts: new Map<string, number>() }
    entry.counts.set(code, (entry.counts.get(code) ?? 0) + 1)
    this.#byProcess.set(process, entry)
  }

  /** Everything counted, which starts again from nothing. */
  drain(): readonly RefusalCounts[] {
    const all = [...this.#byProcess].map(([process, { since, counts }]) => ({
      process,
      since,
      counts: Object.fromEntries([...counts].sort(([left], [right]) => (left < right ? -1 : 1))),
    }))
    this.#byProcess.clear()
    return all
  }
}
