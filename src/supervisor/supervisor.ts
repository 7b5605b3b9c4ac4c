/**
 * The plan made real: it feeds the plan what happens and carries out, in order, what the plan says. It makes
 * no decision of its own. Everything from the request of a halt to the last kill is one synchronous run
 * through this file, so that nothing, however busy, comes between.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonObject } from '../base/json.ts'
import { beginSupervision } from './begin.ts'
import { killLeftBehind } from './contain.ts'
import type { HaltReport, HaltTimes, KilledUnit } from './halt-clock.ts'
import { HaltClock } from './halt-clock.ts'
import { haltRecord } from './halt-file.ts'
import { HaltFiles } from './halt-files.ts'
import { HeldPrograms } from './held-programs.ts'
import { KernelRoom } from './kernel-room.ts'
import { KillRound } from './kill-round.ts'
import type { SystemPrograms } from './launch.ts'
import { Launcher } from './launch.ts'
import { holdObstacle, programObstacle, supervise } from './plan.ts'
import { readProcesses } from './process-table.ts'
import { RunningUnits } from './running-units.ts'
import type { Scope } from './scope.ts'
import { everything } from './scope.ts'
import { applyShare } from './share.ts'
import { StatementStore } from './statement-store.ts'
import type { Action, Input, Supervision } from './supervision.ts'
import { supervision } from './supervision.ts'
import type { AgentProgram, HeldRun } from './unit.ts'
import { hasShare, ownerOf } from './unit.ts'
import { awaitedTimes } from './unit-life.ts'
import type { UnitStatus } from './unit-status.ts'
import { unitStatus } from './unit-status.ts'
import { WantedTables } from './wanted-tables.ts'
import { WeightGroups } from './weight-groups.ts'

type Started = { readonly unit: string } | { readonly obstacle: string }

const tickMs = 200

/** The supervisor of one home. The home's lock must be held by the caller. */
export class Supervisor {
  readonly #haltFiles: HaltFiles
  readonly #clock = new HaltClock()
  /** How domains share the processor. */
  readonly shares: WeightGroups = new WeightGroups()
  readonly #launcher: Launcher
  readonly #state: Supervision
  readonly #units: RunningUnits
  readonly #kernels: KernelRoom
  readonly #finished: PromiseWithResolvers<void> = Promise.withResolvers<void>()
  readonly #wanted: WantedTables
  readonly #held = new HeldPrograms((unit, how) => this.#heldEnded(unit, how))
  #programs = 0
  #runs = 0
  #timer: NodeJS.Timeout | null = null
  #retry: NodeJS.Timeout | undefined

  /** With `hasSovereign`, the kernel of that domain starts first and says which others there are. */
  constructor(home: string, programs: SystemPrograms, hasSovereign = false) {
    const folder = join(home, 'supervisor')
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    this.#haltFiles = new HaltFiles(folder)
    this.#wanted = new WantedTables(folder)
    const homeMark = createHash('sha256').update(realpathSync(home)).digest('hex').slice(0, 16)
    killLeftBehind(homeMark)
    this.#launcher = new Launcher(home, homeMark, programs)
    const statements = new StatementStore(join(folder, 'statements'))
    this.#kernels = new KernelRoom(statements, {
      input: (input) => void this.#do(input),
      timesOf: (scope, domain) => this.#clock.timesOf(scope, domain),
    })
    this.#units = new RunningUnits(folder, this.#launcher, (unit, incarnation, how) => {
      this.#clock.ended(unit, incarnation)
      this.#do({ kind: 'exited', unit, incarnation, how })
    })
    this.#state = beginSupervision({
      halts: this.#haltFiles.found(),
      hasGateway: programs.gateway !== null,
      hasSovereign,
      remembered: statements.members,
    })
  }

  /** Resolves when everything was shut down. */
  get finished(): Promise<void> {
    return this.#finished.promise
  }

  /** What the plan knows. Only the plan changes it. */
  get state(): Readonly<Supervision> {
    return this.#state
  }

  /** How long a halt took in a domain; null when it was not carried out by this supervisor. */
  timesOf(scope: Scope, domain: string): HaltTimes | null {
    return this.#clock.timesOf(scope, domain)
  }

  /** The kernels that run. */
  get kernels(): KernelRoom {
    return this.#kernels
  }

  /** Starts what may start and keeps watching. */
  start(): void {
    this.#tick()
    this.#timer = setInterval(() => this.#tick(), tickMs)
  }

  /** Halts. Returns when every kill has been sent and the file is as durable as the disk allows. */
  halt(by: string, reason: string, scope: Scope = everything): HaltReport {
    const startedAt = process.hrtime.bigint()
    return this.#do({ kind: 'halt-requested', scope, record: haltRecord(Date.now(), by, reason) }, startedAt)
  }

  /** Starts going down; `finished` tells when it is over. */
  down(): void {
    this.#do({ kind: 'shutdown' })
  }

  /** Starts an agent's program and returns its unit, or why not. */
  startProgram(domain: string, program: AgentProgram): Started {
    const obstacle = programObstacle(this.#state, domain, program)
    if (obstacle !== null) return { obstacle }
    const unit = `program-${++this.#programs}`
    this.#do({ kind: 'start-program', unit, domain, program })
    const forgotten = this.#programs - supervision.programs * supervision.domains - supervision.endedPrograms
    this.#units.forgetLog(`program-${forgotten}`)
    return { unit }
  }

  /** What the probe found. To be said before `start`. */
  knowBoundary(boundary: JsonObject | null): void {
    this.#kernels.boundary = boundary
    const rung = boundary?.['rung']
    this.#launcher.rung = typeof rung === 'string' ? rung : 'none'
  }

  /** The rung that programs are held with here; `none` when there is none. */
  get rung(): string {
    return this.#launcher.rung
  }

  /** Holds a program that runs already; `stopped` is called once when it is ended from here. */
  hold(domain: string, run: HeldRun, stopped: () => void): Started {
    const obstacle = holdObstacle(this.#state, domain, run)
    if (obstacle !== null) return { obstacle }
    const unit = `run-${++this.#runs}`
    this.#held.add(unit, run, stopped)
    this.#do({ kind: 'hold', unit, domain, run })
    this.#units.noteStart(unit, run.rung)
    this.#shareOut(domain, run.pids)
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
    return [...this.#state.units.values()].map((unit) =>
      unitStatus(unit, { ...this.#units.startOf(unit.name), rung: this.#launcher.rung }, rows),
    )
  }

  #tick(): void {
    const wanted = this.#wanted.changed()
    if (wanted !== null) this.#do({ kind: 'tables-wanted', domains: wanted })
    for (const found of this.#haltFiles.found((name) => this.#state.halts.has(name)))
      this.#do({ kind: 'halt-file-present', ...found })
    this.#do({ kind: 'tick' })
  }

  #do(input: Input, startedAt: bigint = process.hrtime.bigint()): HaltReport {
    const actions = supervise(this.#state, input, Math.floor(performance.now()))
    let isDurable = true
    const round = new KillRound(this.#units, this.#held, startedAt)
    const units: KilledUnit[] = []
    for (const action of actions) {
      if (action.kind === 'kill') {
        round.add(action.unit)
        units.push(this.#killed(action.unit))
        continue
      }
      round.send()
      if (action.kind === 'write-halt-file') {
        isDurable = this.#haltFiles.of(action.scope).write(action.record)
      } else if (action.kind === 'sync-halt-file') {
        this.#units.searchEscaped(round.killed)
        isDurable = isDurable && this.#haltFiles.of(action.scope).sync()
      } else this.#perform(action)
    }
    round.send()
    const { killed, tookMicros } = round
    if (input.kind === 'halt-requested' || input.kind === 'halt-file-present')
      this.#clock.killed(input.scope, startedAt, { killMicros: tookMicros, units })
    this.#units.searchEscaped(killed)
    this.#launcher.review(this.#state)
    if (this.#state.halts.has('') || this.#state.isStopping) this.#launcher.endSpare()
    this.#wakeForRetry()
    return { killed: units.length, tookMicros, isDurable }
  }

  #killed(unit: string): KilledUnit {
    const { incarnation, work } = this.#state.units.get(unit) ?? { incarnation: 0, work: null }
    return { unit, incarnation, domain: work === null ? '' : ownerOf(work) }
  }

  /** A tick is too coarse for the first back-offs and for a confirmation: what waits is seen to in time. */
  #wakeForRetry(): void {
    clearTimeout(this.#retry)
    const now = performance.now()
    const inMs = Math.min(
      ...awaitedTimes(this.#state)
        .map((time) => time - now)
        .filter((ms) => ms > 0),
    )
    // The plan's clock counts whole milliseconds, downwards.
    if (inMs < tickMs) this.#retry = setTimeout(() => this.#do({ kind: 'tick' }), Math.ceil(inMs) + 1)
  }

  #heldEnded(unit: string, how: string): void {
    const incarnation = this.#state.units.get(unit)?.incarnation
    this.#units.forgetStart(unit)
    if (incarnation === undefined) return
    this.#clock.ended(unit, incarnation)
    this.#do({ kind: 'exited', unit, incarnation, how })
  }

  #perform(action: Exclude<Action, { readonly kind: 'kill' | 'write-halt-file' | 'sync-halt-file' }>): void {
    switch (action.kind) {
      case 'spawn':
        return this.#spawn(action)
      case 'remove-halt-file':
        if (!this.#haltFiles.of(action.scope).remove())
          say('a halt file cannot be removed; that halt stays in force')
        return
      case 'ping-kernel':
        return this.#kernels.of(action.domain, action.incarnation)?.ping()
      case 'tell-halt':
        return this.#kernels
          .of(action.scope.domain, action.incarnation)
          ?.tellHalt(action.scope, action.record)
      case 'report-halt':
        return this.#kernels.report(action)
      case 'weigh':
        return this.#weigh(action)
      case 'close-kernel':
        // The kernel ends in good order on this signal. It is ours: its process id is the kernel's own.
        this.#units.get(action.unit)?.process.child.kill('SIGTERM')
        return
      case 'give-up':
        return say(`${action.unit} is given up: ${action.reason}`)
      case 'finished':
        if (this.#timer !== null) clearInterval(this.#timer)
        clearTimeout(this.#retry)
        this.shares.remove()
        return this.#finished.resolve()
    }
  }

  #spawn({ unit, incarnation, work, halts, weight }: Extract<Action, { readonly kind: 'spawn' }>): void {
    // What is held runs already: the plan never starts it.
    if (work.kind === 'run') return
    const process = this.#units.spawn(unit, incarnation, work, weight)
    this.#shareOut(ownerOf(work), [process.child.pid])
    if (work.kind === 'kernel') this.#kernels.open({ domain: work.domain, incarnation }, process, halts)
  }

  #shareOut(domain: string, pids: readonly (number | undefined)[]): void {
    const { weight } = this.#state.domains.get(domain) ?? supervision
    for (const pid of pids) this.shares.add(domain, weight, pid)
  }

  #weigh({ domain, weight }: Extract<Action, { readonly kind: 'weigh' }>): void {
    this.shares.weigh(domain, weight)
    for (const unit of this.#state.units.values()) {
      if (ownerOf(unit.work) !== domain || !hasShare(unit.work)) continue
      applyShare(this.#units.get(unit.name)?.process.child.pid, weight)
    }
  }
}

function say(line: string): void {
  process.stderr.write(`supervisor: ${line}\n`)
}
