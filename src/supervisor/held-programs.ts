/**
 * Programs that others hold for the supervisor. They end when it says so and when their holder is gone, whichever
 * comes first; their end is looked for until it is seen, and what does not die is left to be killed again.
 */
import { HeldProcesses } from './held-processes.ts'
import type { HeldRun } from './unit.ts'

interface Held {
  readonly processes: HeldProcesses
  readonly stopped: () => void
}

const confirmMs = 2_000
const lookEveryMs = 5

/** The held programs of one supervisor, by unit. */
export class HeldPrograms {
  readonly #held = new Map<string, Held>()
  readonly #ended: (unit: string, how: string) => void

  /** `ended` is called when nothing of a program is left. */
  constructor(ended: (unit: string, how: string) => void) {
    this.#ended = ended
  }

  /** Holds one; `stopped` tells its holder that it was ended from here. */
  add(unit: string, { pids }: HeldRun, stopped: () => void): void {
    this.#held.set(unit, { processes: new HeldProcesses(pids), stopped })
  }

  /** Processes of one that run, whose death ends all of it; none for a unit that is not held. */
  alive(unit: string): readonly number[] {
    return this.#held.get(unit)?.processes.alive ?? []
  }

  /** One was killed: its holder is told, and its end is looked for. */
  killed(unit: string): void {
    const held = this.#held.get(unit)
    if (held === undefined) return
    held.stopped()
    void this.#seeEnd(unit, held, 'killed')
  }

  /** Its holder is gone. */
  release(unit: string): void {
    const held = this.#held.get(unit)
    if (held === undefined) return
    held.processes.kill()
    void this.#seeEnd(unit, held, 'its holder is gone')
  }

  async #seeEnd(unit: string, { processes }: Held, how: string): Promise<void> {
    const deadline = performance.now() + confirmMs
    while (processes.alive.length > 0) {
      if (performance.now() >= deadline) return
      await new Promise((resolve) => void setTimeout(resolve, lookEveryMs))
      processes.kill()
    }
    if (this.#held.delete(unit)) this.#ended(unit, how)
  }
}
