/**
 * The kernel's process without the process: connections by role in, frames out, and the core between them.
 * It owns no socket, clock or disk, so the simulator runs exactly this.
 */
import { sha256Hex } from '../base/hash.ts'
import type { DriverId } from '../base/ids.ts'
import type { Json } from '../base/json.ts'
import type { Entropy } from '../base/ports.ts'
import type { Event } from '../kernel/event.ts'
import { isAnythingDue } from '../kernel/gate/settle.ts'
import { isReverse } from '../kernel/manifest.ts'
import { placeOf } from '../kernel/schedule/place.ts'
import type { Call, State } from '../kernel/state.ts'
import type { Vault } from '../ledger/port.ts'
import { Peer } from '../wire/peer.ts'
import type { SignedCanon } from '../seal/canon-file.ts'
import type { PeerHandler } from '../wire/peer.ts'
import type { Transport } from '../wire/transport.ts'
import type { Attachment } from './agent-channel.ts'
import { AgentChannel } from './agent-channel.ts'
import { tooManyWaiting, unlooked } from './agent-refusals.ts'
import type { CorePorts } from './core.ts'
import { Core } from './core.ts'
import { DriverDoor } from './driver-door.ts'
import type { PrivacyPorts } from './privacy.ts'
import { Privacy } from './privacy.ts'
import { driverUnits } from './driver-units.ts'
import { Exchange } from './exchange.ts'
import { Intake, IntakeLine } from './intake.ts'
import { OperatorChannel } from './operator-channel.ts'
import { bindable } from './bindable.ts'
import { tokenHolder } from './token-holder.ts'
import { changedObject, concerns } from './change-notices.ts'
import { ReverseDispatcher } from './reverse-dispatcher.ts'
import type { Role } from './role.ts'
import { maxAttachmentsPerAgent, roleLimits } from './role.ts'
import { ScopeHalts } from './scope-halts.ts'
import type { StatementPorts } from './statements.ts'
import { Statements } from './statements.ts'
import { ShareChanges } from './share-changes.ts'
import type { SupervisorNotice } from './supervisor-notice.ts'
import { firedTimers, tellOfTimer } from './timer-request.ts'

/** What the machine needs beside what the core needs. */
export interface MachinePorts extends CorePorts {
  readonly vault: Vault
  readonly entropy: Entropy
  verify(publicKey: string, record: Uint8Array, signature: string): boolean
  /** Opens the payload of a durable event; null when that is not possible. */
  payloadAt(seq: number): Uint8Array | null
  /** What destroys the keys of erased subjects; without it erasures wait for a start that has it. */
  readonly privacy?: PrivacyPorts
  /** Schedules a peer's flush; default as in `Peer`. */
  readonly scheduleFlush?: (flush: () => void) => void
  /** For a sovereign or one of its members. */
  readonly statements?: StatementPorts
  /** The drivers that should run changed, or one of them must be restarted, or a halt is over. */
  tellSupervisor(notice: SupervisorNotice): void
  /** Keeps a copy of a canon that was put in force, where there is a place for it. */
  keepCanon?(signed: SignedCanon): void
}

/** One domain's kernel, sans I/O. */
export class Machine {
  readonly core: Core
  readonly exchange: Exchange
  readonly #ports: MachinePorts
  readonly #drivers: DriverDoor
  readonly #intake: Intake
  readonly #agents = new Set<AgentChannel>()
  /** What the sovereign says or a member hears; null for a kernel alone. */
  readonly statements: Statements | null
  readonly halts: ScopeHalts
  readonly privacy: Privacy

  constructor(state: State, ports: MachinePorts) {
    this.#ports = ports
    this.core = new Core(state, ports)
    const reverse = new ReverseDispatcher(this.core, () => this.exchange.flights)
    const queues = () => ({ intake: this.#intake, channels: this.#drivers.channels })
    const changes = new ShareChanges(this.core, queues)
    this.exchange = new Exchange({
      core: this.core,
      vault: ports.vault,
      entropy: ports.entropy,
      dispatcherOf: (object, selector) =>
        isReverse(selector) ? reverse : (this.#drivers.channels.get(object) ?? null),
      onGoverned: (isFrozen) => (isFrozen ? changes.frozen() : changes.eased()),
      onDurable: (event) => this.#onDurable(event),
    })
    this.#intake = new Intake({
      placeOf: (process) => placeOf(this.core.state, process),
      defer: (task) => ports.defer(task),
    })
    this.#drivers = new DriverDoor({
      core: this.core,
      exchange: this.exchange,
      entropy: ports.entropy,
      intake: this.#intake,
      agents: this.#agents,
      isEasing: () => changes.isPending,
    })
    const { core, exchange } = this
    this.halts = new ScopeHalts({ core, exchange, tellSupervisor: (notice) => ports.tellSupervisor(notice) })
    this.privacy = new Privacy(core, exchange, ports.privacy)
    this.statements =
      ports.statements === undefined ? null : new Statements({ ...ports.statements, core, exchange, ports })
  }

  /** Takes a connection that came in on the socket of `role`. Feed it with `receive` and `transportClosed`. */
  accept(role: Role, transport: Transport): Peer {
    const handler = this.#handlerFor(role)
    const { scheduleFlush } = this.#ports
    const limit = roleLimits[role]
    const options = { side: 'acceptor', transport, handler, ...limit } as const
    const peer = new Peer(scheduleFlush === undefined ? options : { ...options, scheduleFlush })
    handler.bind(peer)
    return peer
  }

  /** Tells the supervisor which drivers should run. To be called once the boot event is durable. */
  announceUnits(): void {
    const drivers = driverUnits(this.core.state, (driver) => this.#drivers.secretOf(driver))
    this.#ports.tellSupervisor({ event: 'units', drivers })
  }

  /** Time passed: deadlines, hung adapters. To be called every 100 ms or so. */
  tick(): void {
    if (this.core.failed || this.core.room === 'none') return
    this.statements?.tick()
    if (isAnythingDue(this.core.state, this.core.now()))
      this.exchange.submit({ kind: 'clock.tick', undispatched: this.exchange.flights.undispatched() })
    for (const [driver, channel] of this.#drivers.channels) {
      channel.sendNext()
      if (channel.isHung) this.#ports.tellSupervisor({ event: 'restart', driver: driver as DriverId })
    }
  }

  /** Live attachments of a process. */
  connectionsOf(process: number): number {
    return [...this.#agents].filter((channel) => channel.attachment.process === process).length
  }

  #handlerFor(role: Role): PeerHandler & { bind(peer: Peer): void } {
    switch (role) {
      case 'agent':
        return this.#agentHandler()
      case 'operator':
        return this.#operatorHandler()
      case 'driver':
        return this.#drivers.handler()
    }
  }

  #agentHandler(): PeerHandler & { bind(peer: Peer): void } {
    const bound = bindable()
    let channel: AgentChannel | null = null
    let line: IntakeLine | null = null
    return {
      bind: bound.bind,
      onHello: (header) => {
        const attachment = this.#attachmentFor(header['token'])
        if (typeof attachment === 'string') return bound.peer().goodbye('refused', attachment)
        channel = new AgentChannel(bound.peer(), attachment, {
          core: this.core,
          exchange: this.exchange,
          drivers: this.#drivers.channels,
        })
        line = new IntakeLine(this.#intake, attachment.process)
        this.#agents.add(channel)
        const { agent, process, name } = attachment
        const opened = channel
        this.core.whenDurable(() => {
          if (!this.#agents.has(opened)) return
          bound.peer().welcome({ agent, process, name })
          for (const notice of firedTimers(this.core.state, process)) opened.changed(notice)
        })
      },
      onRequest: (correlation, header, body) => {
        if (this.core.failed || channel === null) return
        const taken = line?.take(correlation, body.length, () => {
          if (!this.core.failed) channel?.request(correlation, header, body)
        })
        if (taken !== true) channel.turnAway(correlation, tooManyWaiting)
      },
      onCancel: (correlation) => {
        if (line?.withdraw(correlation) === true) channel?.turnAway(correlation, unlooked)
        else channel?.cancel(correlation)
      },
      onClosed: () => {
        line?.close()
        if (channel === null) return
        this.#agents.delete(channel)
        channel.closed()
      },
    }
  }

  #operatorHandler(): PeerHandler & { bind(peer: Peer): void } {
    const bound = bindable()
    let channel: OperatorChannel | null = null
    return {
      bind: bound.bind,
      onHello: () => {
        const { state } = this.core
        channel = new OperatorChannel(bound.peer(), {
          core: this.core,
          exchange: this.exchange,
          vault: this.#ports.vault,
          privacy: this.privacy,
          verify: (key, record, signature) => this.#ports.verify(key, record, signature),
          connectionsOf: (process) => this.connectionsOf(process),
          argumentsOf: (call) => this.#argumentsOf(call),
        })
        const { name = null, policyVersion = null, canonVersion = null } = state.domain ?? {}
        this.core.whenDurable(() => bound.peer().welcome({ domain: name, policyVersion, canonVersion }))
      },
      onRequest: (correlation, header, body) => {
        if (!this.core.failed) channel?.request(correlation, header, body)
      },
    }
  }

  #attachmentFor(token: Json | undefined): Attachment | string {
    if (this.core.failed) return 'the kernel is stopping'
    const digest = typeof token === 'string' ? sha256Hex(token) : ''
    const found = tokenHolder(this.core.state, digest) ?? this.#drivers.tokenHolder(digest)
    if (found === null) return 'the token is not that of an agent'
    if (this.core.state.processes.get(found.process)?.killed !== false)
      return 'the agent’s process was killed'
    if (this.connectionsOf(found.process) >= maxAttachmentsPerAgent)
      return 'the agent has too many attachments'
    return found
  }

  /** Ends the attachments of processes that live no more. */
  #dismissDead(): void {
    for (const channel of this.#agents) {
      if (this.core.state.processes.get(channel.attachment.process)?.killed !== false)
        channel.dismiss('killed', 'this process was killed')
    }
  }

  #tellOfChange(object: number): void {
    for (const channel of this.#agents) {
      if (concerns(this.core.state, channel.attachment.process, object)) channel.changed({ event: 'changed' })
    }
  }

  #argumentsOf(call: Call): Uint8Array | null {
    const bytes = this.exchange.flights.get(call.id)?.bytes
    return bytes === undefined || bytes.length === 0 ? this.#ports.payloadAt(call.payloadSeq) : bytes
  }

  #onDurable(event: Event): void {
    const changed = changedObject(this.core.state, event)
    if (changed !== null) this.#tellOfChange(changed)
    this.statements?.onDurable(event)
    this.privacy.onDurable(event)
    this.halts.onDurable(event)
    switch (event.kind) {
      case 'domain.created': {
        const { canon, role } = event.body
        if (canon !== undefined && role !== 'member') this.#ports.keepCanon?.({ canon, signatures: [] })
        return
      }
      case 'canon.amended':
        return this.#ports.keepCanon?.(event.body)
      case 'driver.added':
      case 'statement.accepted':
        return this.announceUnits()
      case 'driver.updated':
        // With a new secret it is a new unit: the old adapter is replaced, whatever else stayed the same.
        this.#drivers.forget(event.body.driver)
        return this.announceUnits()
      case 'driver.removed':
        this.#drivers.forget(event.body.driver)
        this.#dismissDead()
        return this.announceUnits()
      case 'agent.removed':
      case 'process.killed':
      case 'process.ended':
        return this.#dismissDead()
      case 'timer.fired':
        return tellOfTimer(this.core.state, this.#agents, event)
      case 'domain.resumed':
        this.#ports.tellSupervisor({ event: 'resumed' })
        return this.announceUnits()
      default:
    }
  }
}
