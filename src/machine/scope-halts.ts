/**
 * The kernel's part in halting an agent or a process. The supervisor has killed what there was to kill and written its
 * file; here it takes effect in the same turn, and is answered before it is durable, because nothing of a halt waits
 * for a disk. What the supervisor must know for the next one, who is who, it is told beforehand.
 */
import type { DriverId, ProcessId } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import type { Event } from '../kernel/event.ts'
import type { HaltEffect, HaltRequest, HaltScope } from '../kernel/halt/event-bodies.ts'
import { scopeKey } from '../kernel/halt/scope.ts'
import { familyOf } from '../kernel/process/family.ts'
import type { Refusal } from '../kernel/refusal.ts'
import { refusal } from '../kernel/refusal.ts'
import type { Process, State } from '../kernel/state.ts'
import type { Core } from './core.ts'
import type { Exchange } from './exchange.ts'
import type { Identity, SupervisorNotice } from './supervisor-notice.ts'
import type { Heard } from './supervisor-link.ts'

/** A halt of a scope as the supervisor tells of it. */
export type ToldHalt = HaltRequest & HaltEffect & { readonly scope: HaltScope }

/** Processes in one notice. */
const atOnce = 2_000

const noRoom = refusal('ledger-unavailable', 'Nothing can be recorded now.', 'Room for the ledger.')

/** What it stands on. */
export interface ScopeHaltsPorts {
  readonly core: Core
  readonly exchange: Exchange
  tellSupervisor(notice: SupervisorNotice): void
}

/** Halts of agents and processes, at the kernel's end. */
export class ScopeHalts {
  readonly #ports: ScopeHaltsPorts
  /** Halts that the supervisor holds to be in force. */
  readonly #told = new Map<string, ToldHalt>()

  constructor(ports: ScopeHaltsPorts) {
    this.#ports = ports
  }

  /** A halt is in force, or its effect is known. Null says that from here on nothing of the scope happens. */
  halt(halt: ToldHalt, isReport: boolean): Refusal | null {
    const { core, exchange } = this.#ports
    if (core.failed || core.room === 'none') return noRoom
    if (!isReport) this.#told.set(scopeKey(halt.scope), halt)
    const undispatched = exchange.flights.undispatched()
    exchange.submit({ kind: 'scope.halt', ...halt, isReport, undispatched })
    core.whenDurable(() => this.#tellWhatIsOver())
    return null
  }

  /** Records a drill. Whoever asked is told when it is durable. */
  drill(
    said: HaltEffect & {
      readonly scope: HaltScope | null
      readonly requestedBy: string
      readonly problems: readonly string[]
    },
    heard: Heard,
  ): void {
    const { core, exchange } = this.#ports
    if (core.failed || core.room !== 'ample') return heard(noRoom)
    const { refusal: why } = exchange.submit({ kind: 'drill.record', ...said })
    core.whenDurable(() => heard(why))
  }

  /** The kernel serves: the supervisor hears who is who, and which of the halts it told of are over. */
  begin(halts: readonly ToldHalt[]): void {
    for (const halt of halts) this.#told.set(scopeKey(halt.scope), halt)
    const everybody = this.#everybody()
    for (let at = 0; at === 0 || at < everybody.length; at += atOnce)
      this.#tellWho(everybody.slice(at, at + atOnce), [], at === 0)
    this.#tellWhatIsOver()
  }

  /** Something became durable. */
  onDurable(event: Event): void {
    const { state } = this.#ports.core
    switch (event.kind) {
      case 'agent.added':
      case 'process.spawned':
        return this.#tellWho(this.#identityOf(state.processes.get(event.body.process)), [])
      case 'driver.added':
        return this.#tellWho([driverIdentity(event.body.driver, event.body.name)], [])
      case 'agent.removed':
      case 'process.killed':
      case 'process.ended':
        this.#tellWho(
          [],
          familyOf(state, event.body.process).map(({ id: process }) => process),
        )
        return this.#tellWhatIsOver()
      case 'driver.removed':
        this.#tellWho([], [id<ProcessId>(event.body.driver)])
        return this.#tellWhatIsOver()
      case 'scope.resumed':
        return this.#tellWhatIsOver()
      default:
    }
  }

  #tellWho(processes: readonly Identity[], gone: readonly ProcessId[], isWhole = false): void {
    if (isWhole || processes.length + gone.length > 0)
      this.#ports.tellSupervisor({ event: 'identities', isWhole, processes, gone })
  }

  /** What was resumed, or is gone, or never was, stands still no more. */
  #tellWhatIsOver(): void {
    const { state } = this.#ports.core
    for (const [key, { scope, requestedAt }] of this.#told) {
      if (state.scopes?.has(key) === true) continue
      this.#told.delete(key)
      this.#ports.tellSupervisor({ event: 'resumed', scope, requestedAt })
    }
  }

  #everybody(): readonly Identity[] {
    const { processes, drivers } = this.#ports.core.state
    return [
      ...[...processes.values()].flatMap((process) => this.#identityOf(process)),
      ...[...drivers.values()].map((driver) => driverIdentity(driver.id, driver.name)),
    ]
  }

  #identityOf(process: Process | undefined): readonly Identity[] {
    if (process === undefined || process.killed || process.agent === 0) return []
    const { id: number, agent, child } = process
    return [
      { process: number, agent, parent: child?.parent ?? 0, name: nameOf(this.#ports.core.state, process) },
    ]
  }
}

function nameOf(state: State, { agent, child }: Process): string {
  return child?.name ?? (agent === 0 ? '' : (state.agents.get(agent)?.name ?? ''))
}

/** What a driver asks of its clients is done by a process of its own, which has its number. */
function driverIdentity(driver: DriverId, name: string): Identity {
  return { process: id(driver), agent: 0, parent: 0, name }
}
