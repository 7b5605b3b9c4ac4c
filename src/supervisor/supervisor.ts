/**
 * The plan made real: it feeds the plan what happens and carries out, in order, what the plan says. It makes
 * no decision of its own. Everything from the request of a halt to the last kill is one synchronous run
 * through this file, so that nothing, however busy, comes between.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, realpathSync, rmSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import type { ContainedProcess } from './contain.ts'
import { confirmDead, killLeftBehind, killNamed, killTree } from './contain.ts'
import { HaltFile, haltRecord } from './halt-file.ts'
import type { KernelLink } from './kernel-link.ts'
import { linkKernel } from './kernel-link.ts'
import type { SystemPrograms } from './launch.ts'
import { Launcher } from './launch.ts'
import { holdObstacle, programObstacle, supervise } from './plan.ts'
import type { Action, HaltRecord, Input, Supervision } from './supervision.ts'
import { beginSupervision, supervision } from './supervision.ts'
import type { JsonObject } from '../base/json.ts'
import { HeldPrograms } from './held-programs.ts'
import type { UnitStatus } from './unit-status.ts'
import { unitStatus } from './unit-status.ts'
import { readProcesses } from './process-table.ts'
import type { AgentProgram, HeldRun } from './unit.ts'
import { UnitLog } from './unit-log.ts'

/** What a halt did. */
export interface HaltReport {
  readonly killed: number
  /** From the request to the last kill. */
  readonly tookMicros: number
  /** Whether the halt file is durable. If not, the halt holds until the supervisor ends. */
  readonly isDurable: boolean
}

interface Running {
  readonly process: ContainedProcess
  readonly incarnation: number
}

const tickMs = 200
const confirmMs = 2_000

/** The supervisor of one home. The home's lock must be held by the caller. */
export class Supervisor {
  readonly #folder: string
  readonly #haltFile: HaltFile
  readonly #launcher: Launcher
  readonly #state: Supervision
  readonly #running = new Map<string, Running>()
  readonly #starts = new Map<string, { count: number; since: number; containment: string }>()
  readonly #finished: PromiseWithResolvers<void> = Promise.withResolvers<void>()
  #kernel: KernelLink | null = null
  readonly #held = new HeldPrograms((unit, how) => this.#heldEnded(unit, how))
  #boundary: JsonObject | null = null
  #programs = 0
  #runs = 0
  #timer: NodeJS.Timeout | null = null
  #retry: NodeJS.Timeout | undefined

  constructor(home: string, programs: SystemPrograms) {
    this.#folder = join(home, 'supervisor')
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    this.#haltFile = new HaltFile(this.#folder)
    const homeMark = createHash('sha256').update(realpathSync(home)).digest('hex').slice(0, 16)
    killLeftBehind(homeMark)
    this.#launcher = new Launcher(home, homeMark, programs)
    this.#state = beginSupervision(this.#haltFile.read(), programs.gateway !== null)
  }

  /** Resolves when everything was shut down. */
  get finished(): Promise<void> {
    return this.#finished.promise
  }

  /** The halt in force, or null. */
  get halted(): HaltRecord | null {
    return this.#state.halted
  }

  /** Starts what may start and keeps watching. */
  start(): void {
    this.#tick()
    this.#timer = setInterval(() => this.#tick(), tickMs)
  }

  /** Halts. Returns when every kill has been sent and the file is as durable as the disk allows. */
  halt(by: string, reason: string): HaltReport {
    const startedAt = process.hrtime.bigint()
    return this.#do({ kind: 'halt-requested', record: haltRecord(Date.now(), by, reason) }, startedAt)
  }

  /** Starts going down; `finished` tells when it is over. */
  down(): void {
    this.#do({ kind: 'shutdown' })
  }

  /** Starts an agent's program and returns its unit, or why not. */
  startProgram(program: AgentProgram): { readonly unit: string } | { readonly obstacle: string } {
    const obstacle = programObstacle(this.#state)
    if (obstacle !== null) return { obstacle }
    const unit = `program-${++this.#programs}`
    this.#do({ kind: 'start-program', unit, program })
    this.#forgetLog(this.#programs - supervision.programs - supervision.endedPrograms)
    return { unit }
  }

  /** What the probe found. To be said before `start`. */
  knowBoundary(boundary: JsonObject | null): void {
    this.#boundary = boundary
    const rung = boundary?.['rung']
    this.#launcher.rung = typeof rung === 'string' ? rung : 'none'
  }

  /** The rung that programs are held with here; `none` when there is none. */
  get rung(): string {
    return this.#launcher.rung
  }

  /** Holds a program that runs already; `stopped` is called once when it is ended from here. */
  hold(run: HeldRun, stopped: () => void): { readonly unit: string } | { readonly obstacle: string } {
    const obstacle = holdObstacle(this.#state)
    if (obstacle !== null) return { obstacle }
    const unit = `run-${++this.#runs}`
    this.#held.add(unit, run, stopped)
    this.#do({ kind: 'hold', unit, run })
    this.#starts.set(unit, { count: 1, since: Date.now(), containment: run.rung })
    return { unit }
  }

  /** Its holder is gone, and so is what it held. */
  released(unit: string): void {
    this.#held.release(unit)
  }

  /** Stops a program or a driver. False when there is no such unit to stop. */
  stop(unit: string): boolean {
    const kind = this.#state.units.get(unit)?.work.kind
    if (kind !== 'program' && kind !== 'driver' && kind !== 'run') return false
    this.#do({ kind: 'stop-unit', unit })
    return true
  }

  /** Every unit as it is now. */
  status(): readonly UnitStatus[] {
    const rows = readProcesses()
    return [...this.#state.units.values()].map((unit) => {
      const start = this.#starts.get(unit.name) ?? { count: 0, since: 0, containment: '' }
      const pid = this.#running.get(unit.name)?.process.child.pid ?? null
      return unitStatus(unit, { ...start, pid, rung: this.#launcher.rung }, rows)
    })
  }

  #tick(): void {
    if (this.#state.halted === null && this.#haltFile.exists()) {
      const record = this.#haltFile.read() ?? haltRecord(Date.now(), 'file', '')
      this.#do({ kind: 'halt-file-present', record })
    }
    this.#do({ kind: 'tick' })
  }

  #do(input: Input, startedAt: bigint = process.hrtime.bigint()): HaltReport {
    const actions = supervise(this.#state, input, Math.floor(performance.now()))
    let isDurable = true
    const killed: ContainedProcess[] = []
    let tookMicros = 0
    for (const action of actions) {
      if (action.kind === 'kill') {
        const running = this.#running.get(action.unit)
        if (running !== undefined) killed.push(running.process)
        if (running !== undefined) killNamed(running.process)
        this.#held.kill(action.unit)
        tookMicros = Number((process.hrtime.bigint() - startedAt) / 1000n)
      } else if (action.kind === 'write-halt-file') {
        isDurable = this.#haltFile.write(action.record)
      } else if (action.kind === 'sync-halt-file') {
        this.#searchEscaped(killed)
        this.#launcher.endSpare()
        isDurable = isDurable && this.#haltFile.sync()
      } else this.#perform(action)
    }
    this.#searchEscaped(killed)
    if (this.#state.halted !== null || this.#state.isStopping) this.#launcher.endSpare()
    this.#wakeForRetry()
    return { killed: killed.length, tookMicros, isDurable }
  }

  /** A tick is too coarse for the first back-offs: who waits is started when its time has come. */
  #wakeForRetry(): void {
    clearTimeout(this.#retry)
    const now = performance.now()
    const waiting = [...this.#state.units.values()].filter(
      ({ phase, isWanted }) => phase === 'waiting' && isWanted,
    )
    const inMs = Math.min(...waiting.map(({ retryAt }) => retryAt - now).filter((ms) => ms > 0))
    // The plan's clock counts whole milliseconds, downwards.
    if (inMs < tickMs) this.#retry = setTimeout(() => this.#do({ kind: 'tick' }), Math.ceil(inMs) + 1)
  }

  #heldEnded(unit: string, how: string): void {
    const incarnation = this.#state.units.get(unit)?.incarnation
    this.#starts.delete(unit)
    if (incarnation !== undefined) this.#do({ kind: 'exited', unit, incarnation, how })
  }

  #searchEscaped(killed: readonly ContainedProcess[]): void {
    for (const process of killed) if (process.containment === 'process-group') killTree(process)
  }

  #perform(action: Exclude<Action, { readonly kind: 'kill' | 'write-halt-file' | 'sync-halt-file' }>): void {
    switch (action.kind) {
      case 'spawn':
        return this.#spawn(action)
      case 'remove-halt-file':
        if (!this.#haltFile.remove()) say('the halt file cannot be removed; the halt stays in force')
        return
      case 'ping-kernel':
        return this.#kernel?.ping()
      case 'close-kernel':
        // The kernel ends in good order on this signal. It is ours: its process id is the kernel's own.
        this.#running.get('kernel')?.process.child.kill('SIGTERM')
        return
      case 'give-up':
        return say(`${action.unit} is given up: ${action.reason}`)
      case 'finished':
        if (this.#timer !== null) clearInterval(this.#timer)
        clearTimeout(this.#retry)
        return this.#finished.resolve()
    }
  }

  #spawn({ unit, incarnation, work, halt }: Extract<Action, { readonly kind: 'spawn' }>): void {
    // What is held runs already: the plan never starts it.
    if (work.kind === 'run') return
    const process = this.#launcher.launch(work)
    this.#running.set(unit, { process, incarnation })
    const { count } = this.#starts.get(unit) ?? { count: 0 }
    const { containment } = process
    this.#starts.set(unit, { count: count + 1, since: Date.now(), containment })
    const log = new UnitLog(join(this.#folder, `${unit}.log`))
    const { stdout, stderr, stdio } = process.child
    const output = [stdout, stderr].flatMap((stream) => (stream ? [log.follow(stream)] : []))
    if (work.kind === 'kernel') {
      this.#kernel = linkKernel(
        stdio[3] as Socket,
        incarnation,
        { halt, boundary: this.#boundary },
        {
          input: (input) => void this.#do(input),
          broken: () => killTree(process),
        },
      )
    }
    void this.#awaitEnd(unit, { process, incarnation }, log, output)
  }

  async #awaitEnd(
    unit: string,
    { process, incarnation }: Running,
    log: UnitLog,
    output: readonly Promise<void>[],
  ): Promise<void> {
    const how = await process.exited
    // Whatever it left behind goes with it, before anything is started in its place.
    killTree(process)
    if (process.containment !== 'tethered') {
      const survivors = await confirmDead([process], confirmMs)
      if (survivors.length > 0) say(`${unit} left processes that do not die: ${survivors.join(', ')}`)
    }
    if (this.#running.get(unit)?.incarnation === incarnation) this.#running.delete(unit)
    this.#do({ kind: 'exited', unit, incarnation, how })
    await Promise.all(output)
    log.note(how)
    log.close()
  }

  #forgetLog(number: number): void {
    if (number < 1) return
    for (const name of [`program-${number}.log`, `program-${number}.log.1`]) {
      rmSync(join(this.#folder, name), { force: true })
    }
    this.#starts.delete(`program-${number}`)
  }
}

function say(line: string): void {
  process.stderr.write(`supervisor: ${line}\n`)
}
