/**
 * The supervisor in the simulated world: the real plan, carried out on simulated processes. It owns the halt
 * file, and when it dies everything that it started dies with it.
 */
import type { SupervisorNotice } from '../../../src/machine/supervisor-notice.ts'
import type { Action, HaltRecord, Input, Supervision } from '../../../src/supervisor/plan.ts'
import { supervise } from '../../../src/supervisor/plan.ts'
import { beginSupervision } from '../../../src/supervisor/begin.ts'
import { innerScopeJson, readInnerScope } from '../../../src/supervisor/kernel-notice.ts'
import type { Scope } from '../../../src/supervisor/scope.ts'
import { everything, scopeName } from '../../../src/supervisor/scope.ts'
import { kernelUnitName } from '../../../src/supervisor/unit.ts'
import { mainDomain } from '../../../src/wire/socket-folder.ts'
import { demand } from '../oracle/violation.ts'
import { Adapter } from './adapter.ts'
import type { AdapterPorts } from './adapter.ts'
import type { KernelHost } from './kernel-host.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'

/** What the supervisor stands on. */
export interface OverseerPorts {
  readonly scheduler: Scheduler
  readonly host: KernelHost
  readonly random: Random
  readonly adapter: Omit<AdapterPorts, 'exited'>
  sometimes(name: string): void
}

const kernelUnit = kernelUnitName(mainDomain)

/** A halt file. */
interface HaltFile {
  readonly scope: Scope
  readonly record: HaltRecord
}

/** A home of one domain. */
function beginning(halts: readonly HaltFile[]): Parameters<typeof beginSupervision>[0] {
  return { halts, hasGateway: false, hasSovereign: false, remembered: [] }
}

/** Starts, restarts and halts. */
export class Overseer {
  readonly #ports: OverseerPorts
  #state: Supervision
  /** The halt files: they survive everything. */
  readonly #haltFiles = new Map<string, HaltFile>()
  #life = 0
  #isUp = false
  readonly #adapters = new Map<string, Adapter>()
  #kernelIncarnation = 0
  /** Bumped with every kernel ever started, also over restarts of the supervisor. */
  #kernels = 0

  constructor(ports: OverseerPorts) {
    this.#ports = ports
    this.#state = beginSupervision(beginning([]))
  }

  get isHalted(): boolean {
    return this.#haltFiles.has(scopeName(everything))
  }

  /** True while a kernel owes it a word, and is ended if that does not come in time. */
  get isWaiting(): boolean {
    const { halts, domains } = this.#state
    const isHaltOpen = [...halts.values()].some(({ confirmBy }) => confirmBy !== null)
    return isHaltOpen || [...domains.values()].some(({ pingSentAt }) => pingSentAt !== null)
  }

  /** Starts supervising. */
  begin(): void {
    this.#life += 1
    this.#isUp = true
    this.#state = beginSupervision(beginning([...this.#haltFiles.values()]))
    this.#tick(this.#life)
  }

  /** The supervisor dies; everything it started dies; it is started again. */
  crash(): void {
    this.#life += 1
    this.#isUp = false
    this.#ports.sometimes('supervisor killed')
    for (const adapter of this.#adapters.values()) adapter.kill('the supervisor is gone')
    this.#adapters.clear()
    this.#ports.host.kill('the supervisor is gone')
    const life = this.#life
    this.#ports.scheduler.after(20, () => {
      if (life === this.#life) this.begin()
    })
  }

  /** Halts inside the domain that are in force. */
  get halted(): readonly Scope[] {
    return [...this.#haltFiles.values()].map(({ scope }) => scope).filter(({ kind }) => kind !== 'everything')
  }

  /** Somebody halts something. */
  halt(record: HaltRecord, scope: Scope = everything): void {
    this.take({ kind: 'halt-requested', scope, record })
  }

  /** A person starts again what was given up. */
  reviveIfGivenUp(): void {
    if ([...this.#state.units.values()].some((unit) => unit.phase === 'given-up')) this.crash()
  }

  /** Kills one adapter, as anybody may. False when none lives. */
  killAdapter(pick: (names: readonly string[]) => string): boolean {
    const names = [...this.#adapters.keys()].filter((name) => this.#adapters.get(name)?.isOver === false)
    if (names.length === 0) return false
    this.#adapters.get(pick(names))?.kill('killed')
    return true
  }

  /** The kernel serves. */
  kernelServes(): void {
    this.take({ kind: 'serving', domain: mainDomain, incarnation: this.#kernelIncarnation })
  }

  /** The kernel's process ended. */
  kernelExited(how: string): void {
    this.take({ kind: 'exited', unit: kernelUnit, incarnation: this.#kernelIncarnation, how })
  }

  /** The kernel says something. */
  hear(notice: SupervisorNotice): void {
    const said = { domain: mainDomain, incarnation: this.#kernelIncarnation }
    switch (notice.event) {
      case 'units': {
        const drivers = notice.drivers.map((unit) => ({ ...unit, program: unit.program as never }))
        return this.take({ kind: 'desired-units', ...said, drivers })
      }
      case 'resumed': {
        const scope = notice.scope === undefined ? null : readInnerScope(mainDomain, { ...notice.scope })
        const requestedAt = notice.requestedAt ?? 0
        return this.take(
          scope === null
            ? { kind: 'resumed', ...said }
            : { kind: 'scope-resumed', ...said, scope, requestedAt },
        )
      }
      case 'identities': {
        const { isWhole, processes, gone } = notice
        return this.take({ kind: 'identities', ...said, isWhole, processes, gone })
      }
      case 'restart':
        return this.take({ kind: 'restart-driver', ...said, driver: notice.driver })
    }
  }

  /** Something happened. */
  take(input: Input): void {
    if (!this.#isUp) return
    for (const action of supervise(this.#state, input, this.#ports.scheduler.now)) this.#do(action)
  }

  #do(action: Action): void {
    switch (action.kind) {
      case 'write-halt-file':
        this.#haltFiles.set(scopeName(action.scope), action)
        return
      case 'remove-halt-file':
        this.#haltFiles.delete(scopeName(action.scope))
        return
      case 'tell-halt':
        return this.#tellHalt(action)
      case 'report-halt':
        this.#ports.host.hearHalt({ ...action.halt, scope: innerScopeJson(action.scope) }, true)
        return
      case 'spawn':
        return this.#spawn(action)
      case 'kill':
        if (action.unit === kernelUnit) this.#ports.host.kill('killed by the supervisor')
        else this.#adapters.get(action.unit)?.kill('killed by the supervisor')
        return
      case 'ping-kernel':
        return this.#ping(action.incarnation)
      case 'give-up':
        return this.#ports.sometimes('unit given up')
      case 'sync-halt-file':
      case 'close-kernel':
      case 'finished':
    }
  }

  #spawn({ unit, incarnation, work, halts }: Extract<Action, { kind: 'spawn' }>): void {
    if (work.kind === 'kernel') {
      this.#kernelIncarnation = incarnation
      this.#kernels += 1
      if (this.#kernels > 1) this.#ports.sometimes('kernel restarted')
      const inner = (halts?.inner ?? []).map(({ scope, halt }) => ({ ...halt, scope: innerScopeJson(scope) }))
      return this.#ports.host.start(halts?.domain?.halt ?? null, inner)
    }
    if (work.kind !== 'driver') return
    const isStill = ['', `${mainDomain}.process-${work.driver.driver}`].some((name) =>
      this.#haltFiles.has(name),
    )
    demand(!isStill, 'I10 halt', `${unit} was started while it was halted`)
    const life = this.#life
    const exited = (how: string): void => {
      if (life === this.#life) this.take({ kind: 'exited', unit, incarnation, how })
    }
    if (incarnation > 1) this.#ports.sometimes('adapter restarted')
    const { secret, program } = work.driver
    const version = program.protocol === 'mcp-stdio' ? Number(program.args[0]) : 1
    this.#adapters.set(unit, new Adapter({ secret, version }, { ...this.#ports.adapter, exited }))
  }

  /** It confirms late now and then, and sometimes not in time. */
  #tellHalt({ scope, record, incarnation }: Extract<Action, { kind: 'tell-halt' }>): void {
    const life = this.#life
    const told = { ...record, scope: innerScopeJson(scope) }
    const afterMs = this.#ports.random.pick([1, 1, 1, 4, 150])
    if (afterMs > 100) this.#ports.sometimes('fault: halt told late')
    this.#ports.scheduler.after(afterMs, () => {
      if (life !== this.#life || incarnation !== this.#kernelIncarnation) return
      if (this.#ports.host.hearHalt(told, false))
        this.take({ kind: 'halt-confirmed', domain: mainDomain, incarnation, scope })
    })
  }

  #ping(incarnation: number): void {
    const life = this.#life
    this.#ports.scheduler.after(2, () => {
      if (life === this.#life && this.#ports.host.machine !== null)
        this.take({ kind: 'pong', domain: mainDomain, incarnation })
    })
  }

  #tick(life: number): void {
    if (life !== this.#life) return
    this.take({ kind: 'tick' })
    this.#ports.scheduler.after(100, () => this.#tick(life))
  }
}
