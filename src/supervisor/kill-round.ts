/**
 * The kills of one step of the plan. First everything is looked up that has to be known, then nothing is done but
 * killing: each kill wakes a process that wants the processor at once, and the last kill shall not wait for that.
 */
import type { ContainedProcess } from './contain.ts'
import { killTargets, sendKill } from './contain.ts'
import type { HeldPrograms } from './held-programs.ts'
import type { RunningUnits } from './running-units.ts'

/** Kills units of one supervisor, by name. */
export class KillRound {
  readonly #units: RunningUnits
  readonly #held: HeldPrograms
  readonly #startedAt: bigint
  #names: string[] = []
  /** Everything that was killed so far, for a second look at what may have escaped. */
  readonly killed: ContainedProcess[] = []
  /** From the beginning of the step to the last kill; 0 while none was sent. */
  tookMicros = 0

  /** `startedAt` is when what led to it arrived, by `process.hrtime`. */
  constructor(units: RunningUnits, held: HeldPrograms, startedAt: bigint) {
    this.#units = units
    this.#held = held
    this.#startedAt = startedAt
  }

  /** Kills a unit with the next `send`. */
  add(unit: string): void {
    this.#names.push(unit)
  }

  /** Sends every kill that is due. Never throws. */
  send(): void {
    if (this.#names.length === 0) return
    const names = this.#names
    this.#names = []
    const processes = names.flatMap((name) => this.#units.get(name)?.process ?? [])
    const targets = [...processes.flatMap(killTargets), ...names.flatMap((name) => this.#held.alive(name))]
    for (const target of targets) sendKill(target)
    this.tookMicros = Number((process.hrtime.bigint() - this.#startedAt) / 1000n)
    this.killed.push(...processes)
    for (const name of names) this.#held.killed(name)
  }
}
