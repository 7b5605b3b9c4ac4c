/**
 * The kernel's process without the process: connections by role in, frames out, and the core between them.
 * It owns no socket, clock or disk, so the simulator runs exactly this.
 */
import { sha256Hex } from '../base/hash.ts'
import type { DriverId } from '../base/ids.ts'
import type { Json, JsonObject } from '../base/json.ts'
import type { Entropy } from '../base/ports.ts'
import { randomHex } from '../base/random-hex.ts'
import type { Event } from '../kernel/event.ts'
import type { Call, State } from '../kernel/state.ts'
import type { Vault } from '../ledger/port.ts'
import { Peer } from '../wire/peer.ts'
import type { PeerHandler } from '../wire/peer.ts'
import type { Transport } from '../wire/transport.ts'
import type { Attachment } from './agent-channel.ts'
import { AgentChannel } from './agent-channel.ts'
import { AttachmentRate } from './attachment-rate.ts'
import type { CorePorts } from './core.ts'
import { Core } from './core.ts'
import { DriverChannel, readOffer } from './driver-channel.ts'
import { Exchange } from './exchange.ts'
import { OperatorChannel } from './operator-channel.ts'
import type { Role } from './role.ts'
import { maxAttachmentsPerAgent, roleLimits } from './role.ts'

/** What the machine needs beside what the core needs. */
export interface MachinePorts extends CorePorts {
  readonly vault: Vault
  readonly entropy: Entropy
  verify(publicKey: string, record: Uint8Array, signature: string): boolean
  /** Opens the payload of a durable event; null when that is not possible. */
  payloadAt(seq: number): Uint8Array | null
  /** Schedules a peer's flush; default as in `Peer`. */
  readonly scheduleFlush?: (flush: () => void) => void
  /** The drivers that should run changed, or one of them must be restarted, or a halt is over. */
  tellSupervisor(notice: SupervisorNotice): void
}

/** What the kernel tells its supervisor. */
export type SupervisorNotice =
  | { readonly event: 'units'; readonly drivers: readonly DriverUnit[] }
  | { readonly event: 'resumed' }
  | { readonly event: 'restart'; readonly driver: DriverId }

/** A driver that should run, and the secret its adapter proves itself with. */
export interface DriverUnit {
  readonly driver: DriverId
  readonly name: string
  readonly program: JsonObject
  readonly secret: string
}

/** One domain's kernel, sans I/O. */
export class Machine {
  readonly core: Core
  readonly exchange: Exchange
  readonly #ports: MachinePorts
  readonly #secrets = new Map<DriverId, string>()
  readonly #drivers = new Map<number, DriverChannel>()
  readonly #attachments = new AttachmentRate()
  readonly #agents = new Set<AgentChannel>()

  constructor(state: State, ports: MachinePorts) {
    this.#ports = ports
    this.core = new Core(state, ports)
    this.exchange = new Exchange({
      core: this.core,
      vault: ports.vault,
      entropy: ports.entropy,
      dispatcherOf: (driver) => this.#drivers.get(driver) ?? null,
      onDurable: (event) => this.#onDurable(event),
    })
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
    const { state } = this.core
    const drivers = state.halted === null ? [...state.drivers.values()] : []
    this.#ports.tellSupervisor({
      event: 'units',
      drivers: drivers.map(({ id: driver, name, program }) => ({
        driver,
        name,
        program: program as unknown as JsonObject,
        secret: this.#secretOf(driver),
      })),
    })
  }

  /** Time passed: deadlines, hung adapters. To be called every 100 ms or so. */
  tick(): void {
    if (this.core.failed || this.core.room === 'none') return
    const now = this.core.now()
    for (const call of this.core.state.calls.values()) {
      if (call.dueAt > now) continue
      this.exchange.submit({ kind: 'clock.tick' })
      break
    }
    for (const [driver, channel] of this.#drivers) {
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
        return this.#driverHandler()
    }
  }

  #agentHandler(): PeerHandler & { bind(peer: Peer): void } {
    const bound = bindable()
    let channel: AgentChannel | null = null
    return {
      bind: bound.bind,
      onHello: (header) => {
        const attachment = this.#attachmentFor(header['token'])
        if (typeof attachment === 'string') return bound.peer().goodbye('refused', attachment)
        channel = new AgentChannel(bound.peer(), attachment, {
          core: this.core,
          exchange: this.exchange,
          drivers: this.#drivers,
        })
        this.#agents.add(channel)
        const { agent, process, name } = attachment
        const opened = channel
        this.core.whenDurable(() => {
          if (this.#agents.has(opened)) bound.peer().welcome({ agent, process, name })
        })
      },
      onRequest: (correlation, header, body) => {
        if (!this.core.failed) channel?.request(correlation, header, body)
      },
      onCancel: (correlation) => channel?.cancel(correlation),
      onClosed: () => {
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

  #driverHandler(): PeerHandler & { bind(peer: Peer): void } {
    const bound = bindable()
    let channel: DriverChannel | null = null
    return {
      bind: bound.bind,
      onHello: (header, body) => {
        const attached = this.#attachDriver(bound.peer(), header['secret'], body)
        if (typeof attached === 'string') return bound.peer().goodbye('refused', attached)
        channel = attached
      },
      onClosed: ({ reason }) => {
        if (channel === null) return
        channel.closed()
        this.#detachDriver(channel, reason)
      },
    }
  }

  #attachmentFor(token: Json | undefined): Attachment | string {
    if (this.core.failed) return 'the kernel is stopping'
    const digest = typeof token === 'string' ? sha256Hex(token) : ''
    const agent = [...this.core.state.agents.values()].find((known) => known.tokenDigest === digest)
    if (agent === undefined) return 'the token is not that of an agent'
    const { id: agentId, process, name } = agent
    if (this.core.state.processes.get(process)?.killed !== false) return 'the agent’s process was killed'
    if (this.connectionsOf(process) >= maxAttachmentsPerAgent) return 'the agent has too many attachments'
    return { agent: agentId, process, name }
  }

  #attachDriver(peer: Peer, secret: Json | undefined, body: Uint8Array): DriverChannel | string {
    const driver = [...this.#secrets].find(([, known]) => known === secret)?.[0]
    if (driver === undefined || !this.core.state.drivers.has(driver))
      return 'the secret is not that of a driver'
    if (this.core.failed || this.core.room !== 'ample') return 'the ledger has no room'
    const offer = readOffer(body)
    if (offer === null) return 'the definitions are malformed'
    if (this.#attachments.isTooOften(driver, this.core.now())) return 'the adapter attaches too often'
    const { refusal, events } = this.exchange.submit({
      kind: 'driver.attach',
      driver,
      definitions: offer.digests,
    })
    const [attached] = events
    if (refusal !== null || attached?.kind !== 'driver.attached') return refusal?.message ?? 'not attached'
    const { incarnation } = attached.body
    const channel = new DriverChannel(peer, driver, incarnation, offer, () => this.core.now())
    this.#drivers.set(driver, channel)
    this.core.whenDurable(() => peer.welcome({ driver, incarnation }))
    return channel
  }

  #detachDriver(channel: DriverChannel, reason: string): void {
    if (this.#drivers.get(channel.driver) === channel) this.#drivers.delete(channel.driver)
    if (this.core.failed || this.core.room === 'none') return
    this.exchange.submit({
      kind: 'driver.detach',
      driver: channel.driver,
      incarnation: channel.incarnation,
      // An adapter's own words may be in it, cut anywhere.
      reason: `the adapter is gone: ${reason}`.slice(0, 300).toWellFormed(),
      undispatched: this.exchange.flights.undispatched(),
    })
  }

  #argumentsOf(call: Call): Uint8Array | null {
    const bytes = this.exchange.flights.get(call.id)?.bytes
    return bytes === undefined || bytes.length === 0 ? this.#ports.payloadAt(call.payloadSeq) : bytes
  }

  #secretOf(driver: DriverId): string {
    const secret = this.#secrets.get(driver) ?? randomHex(this.#ports.entropy, 32)
    this.#secrets.set(driver, secret)
    return secret
  }

  #onDurable(event: Event): void {
    switch (event.kind) {
      case 'driver.added':
        return this.announceUnits()
      case 'driver.removed':
        this.#secrets.delete(event.body.driver)
        this.#attachments.forget(event.body.driver)
        return this.announceUnits()
      case 'agent.removed':
      case 'process.killed':
        for (const channel of this.#agents) {
          if (channel.attachment.process === event.body.process)
            channel.dismiss('killed', 'this process was killed')
        }
        return
      case 'domain.resumed':
        this.#ports.tellSupervisor({ event: 'resumed' })
        return this.announceUnits()
      default:
    }
  }
}

/** A peer and its handler need each other: the handler is made first and told of the peer once. */
function bindable(): { readonly bind: (peer: Peer) => void; readonly peer: () => Peer } {
  let bound: Peer | null = null
  return {
    bind: (peer) => {
      bound = peer
    },
    peer: () => {
      if (bound === null) throw new TypeError('the peer is bound before anything is received')
      return bound
    },
  }
}
