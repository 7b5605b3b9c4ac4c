/**
 * The processes of the units that the supervisor started, with their logs. That one has ended is told only when
 * nothing of it is left, so that what is started in its place meets nothing of it.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { ContainedProcess } from './contain.ts'
import { killTree } from './contain.ts'
import { EndWatch } from './end-watch.ts'
import type { Launcher } from './launch.ts'
import type { Work } from './unit.ts'
import { UnitLog } from './unit-log.ts'
import type { UnitStart } from './unit-status.ts'

/** A unit that runs, and which start of it that is. */
export interface RunningUnit {
  readonly process: ContainedProcess
  readonly incarnation: number
}

const confirmMs = 2_000
const neverStarted = { count: 0, since: 0, containment: '' }

/** What runs. */
export class RunningUnits {
  readonly #folder: string
  readonly #launcher: Launcher
  readonly #ended: (unit: string, incarnation: number, how: string) => void
  readonly #running = new Map<string, RunningUnit>()
  readonly #ends = new EndWatch()
  readonly #starts = new Map<string, { count: number; since: number; containment: string }>()

  /** Logs go into `folder`; `ended` is called once for every start. */
  constructor(
    folder: string,
    launcher: Launcher,
    ended: (unit: string, incarnation: number, how: string) => void,
  ) {
    this.#folder = folder
    this.#launcher = launcher
    this.#ended = ended
  }

  /** The present start of a unit. */
  get(unit: string): RunningUnit | undefined {
    return this.#running.get(unit)
  }

  /** Starts a unit's process. */
  spawn(
    unit: string,
    incarnation: number,
    work: Exclude<Work, { readonly kind: 'run' }>,
    weight: number,
  ): ContainedProcess {
    const process = this.#launcher.launch(work, weight)
    this.#running.set(unit, { process, incarnation })
    this.noteStart(unit, process.containment)
    const log = new UnitLog(join(this.#folder, `${logName(unit)}.log`))
    const { stdout, stderr } = process.child
    const output = [stdout, stderr].flatMap((stream) => (stream ? [log.follow(stream)] : []))
    void this.#awaitEnd(unit, { process, incarnation }, log, output)
    return process
  }

  /** What people are told of a unit's start. */
  startOf(unit: string): Omit<UnitStart, 'rung'> {
    const pid = this.#running.get(unit)?.process.child.pid ?? null
    return { ...(this.#starts.get(unit) ?? neverStarted), pid }
  }

  /** A unit was started, here or by somebody else. */
  noteStart(unit: string, containment: string): void {
    const { count } = this.#starts.get(unit) ?? neverStarted
    this.#starts.set(unit, { count: count + 1, since: Date.now(), containment })
  }

  /** Nobody will ask for this unit's start any more. */
  forgetStart(unit: string): void {
    this.#starts.delete(unit)
  }

  /** Removes the log of a unit that ended long ago. */
  forgetLog(unit: string): void {
    for (const name of [`${logName(unit)}.log`, `${logName(unit)}.log.1`])
      rmSync(join(this.#folder, name), { force: true })
    this.forgetStart(unit)
  }

  /** Kills what left the process groups of these. After everything that can be named at once. */
  searchEscaped(killed: readonly ContainedProcess[]): void {
    for (const process of killed) if (process.containment === 'process-group') killTree(process)
  }

  async #awaitEnd(
    unit: string,
    { process, incarnation }: RunningUnit,
    log: UnitLog,
    output: readonly Promise<void>[],
  ): Promise<void> {
    const how = await process.exited
    // Whatever it left behind goes with it, before anything is started in its place.
    killTree(process)
    if (process.containment !== 'tethered') {
      const survivors = await this.#ends.confirm(process, confirmMs)
      if (survivors.length > 0) say(`${unit} left processes that do not die: ${survivors.join(', ')}`)
    }
    if (this.#running.get(unit)?.incarnation === incarnation) this.#running.delete(unit)
    this.#ended(unit, incarnation, how)
    await Promise.all(output)
    log.note(how)
    log.close()
  }
}

/** A unit of another domain than `main` has the domain's name before a slash. */
function logName(unit: string): string {
  return unit.replaceAll('/', '.')
}

function say(line: string): void {
  process.stderr.write(`supervisor: ${line}\n`)
}
