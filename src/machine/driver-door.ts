/**
 * Where adapters come in. Each proves with a secret, which only the supervisor was told, what driver it
 * serves; then it may carry that driver's calls, ask what its program wants of clients, and tell of changes.
 */
import type { DriverId, ProcessId } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import type { Json, JsonObject } from '../base/json.ts'
import type { Entropy } from '../base/ports.ts'
import { randomHex } from '../base/random-hex.ts'
import { placeOf } from '../kernel/schedule/place.ts'
import type { Peer, PeerHandler } from '../wire/peer.ts'
import type { AgentChannel, Attachment } from './agent-channel.ts'
import { AnnouncedLists, listsWith } from './announced-lists.ts'
import { AttachmentRate } from './attachment-rate.ts'
import { bindable } from './bindable.ts'
import type { Core } from './core.ts'
import { DriverChannel, readOffer } from './driver-channel.ts'
import { readResourceNotice } from './driver-notice.ts'
import { DriverQuestions } from './driver-questions.ts'
import type { Exchange } from './exchange.ts'
import type { Intake } from './intake.ts'
import { IntakeLine } from './intake.ts'
import { chainsFor } from './resource-list.ts'
import { definitionsFor } from './view/definitions.ts'

/** What the door stands on. */
export interface DriverDoorPorts {
  readonly core: Core
  readonly exchange: Exchange
  readonly entropy: Entropy
  readonly intake: Intake
  /** Everybody who may have to be told of a change. */
  readonly agents: ReadonlySet<AgentChannel>
  /** Whether a thaw or a weighing is decided and not durable. */
  isEasing(): boolean
}

/** The attached adapters. One per machine. */
export class DriverDoor {
  readonly #ports: DriverDoorPorts
  readonly #core: Core
  readonly #secrets = new Map<DriverId, string>()
  readonly #channels = new Map<number, DriverChannel>()
  readonly #rate = new AttachmentRate()
  readonly #announced = new AnnouncedLists()

  constructor(ports: DriverDoorPorts) {
    this.#ports = ports
    this.#core = ports.core
  }

  /** Attached adapters by driver. */
  get channels(): ReadonlyMap<number, DriverChannel> {
    return this.#channels
  }

  /** The secret that the adapter of `driver` has to show; made when it is first asked for. */
  secretOf(driver: DriverId): string {
    const secret = this.#secrets.get(driver) ?? randomHex(this.#ports.entropy, 32)
    this.#secrets.set(driver, secret)
    return secret
  }

  /** The process of the attached driver that said it would use this token, or null. */
  tokenHolder(digest: string): Attachment | null {
    for (const { driver, tokenDigest } of this.#channels.values()) {
      const known = this.#core.state.drivers.get(driver)
      if (tokenDigest === digest && known !== undefined)
        return { agent: 0, process: id<ProcessId>(driver), name: known.name }
    }
    return null
  }

  /** A driver was removed. */
  forget(driver: DriverId): void {
    this.#secrets.delete(driver)
    this.#rate.forget(driver)
    this.#announced.forget(driver)
  }

  /** Handles one connection. */
  handler(): PeerHandler & { bind(peer: Peer): void } {
    const bound = bindable()
    let channel: DriverChannel | null = null
    let questions: DriverQuestions | null = null
    let line: IntakeLine | null = null
    return {
      bind: bound.bind,
      onHello: (header, body) => {
        const attached = this.#attach(bound.peer(), header, body)
        if (typeof attached === 'string') return bound.peer().goodbye('refused', attached)
        channel = attached
        line = new IntakeLine(this.#ports.intake, id<ProcessId>(attached.driver))
        questions = new DriverQuestions(bound.peer(), attached.driver, this.#ports.exchange)
      },
      onRequest: (correlation, header, body) => {
        if (this.#core.failed || questions === null) return
        const taken = line?.take(correlation, body.length, () => {
          if (!this.#core.failed) questions?.request(correlation, header, body)
        })
        if (taken !== true) questions.turnAway(correlation)
      },
      onCancel: (correlation) => {
        if (line?.withdraw(correlation) === true) questions?.turnAway(correlation)
        else questions?.cancel(correlation)
      },
      onNotice: (correlation, header, body) => {
        if (correlation !== 0) channel?.notice(correlation, header, body)
        else if (channel !== null) {
          this.#resourceNotice(channel.driver, header)
          this.#listNotice(channel, header)
        }
      },
      onClosed: ({ reason }) => {
        if (channel === null) return
        line?.close()
        channel.closed()
        questions?.closed()
        this.#detach(channel, reason)
      },
    }
  }

  #attach(peer: Peer, header: JsonObject, body: Uint8Array): DriverChannel | string {
    const { secret, tokenDigest, boundary } = header as { readonly [name: string]: Json | undefined }
    const driver = [...this.#secrets].find(([, known]) => known === secret)?.[0]
    if (driver === undefined || !this.#core.state.drivers.has(driver))
      return 'the secret is not that of a driver'
    if (this.#core.failed || this.#core.room !== 'ample') return 'the ledger has no room'
    const offer = readOffer(body)
    if (offer === null) return 'the definitions are malformed'
    if (this.#rate.isTooOften(driver, this.#core.now())) return 'the adapter attaches too often'
    const { refusal, events } = this.#ports.exchange.submit({
      kind: 'driver.attach',
      driver,
      definitions: offer.digests,
      ...(typeof boundary === 'string' ? { boundary: boundary.slice(0, 300).toWellFormed() } : {}),
    })
    const [attached] = events
    if (refusal !== null || attached?.kind !== 'driver.attached') return refusal?.message ?? 'not attached'
    const { incarnation } = attached.body
    const channel = new DriverChannel({
      peer,
      driver,
      incarnation,
      offer,
      now: () => this.#core.now(),
      // The state knows of a thaw before it is durable. Whoever comes new waits until all of them are.
      placeOf: (process) => {
        const place = placeOf(this.#core.state, process)
        return this.#ports.isEasing() ? { ...place, isFrozen: true } : place
      },
    })
    // Anything shorter than a digest must match nobody's.
    if (typeof tokenDigest === 'string' && /^[0-9a-f]{64}$/u.test(tokenDigest))
      channel.tokenDigest = tokenDigest
    this.#channels.set(driver, channel)
    this.#core.whenDurable(() => peer.welcome({ driver, incarnation }))
    return channel
  }

  #detach(channel: DriverChannel, reason: string): void {
    if (this.#channels.get(channel.driver) === channel) this.#channels.delete(channel.driver)
    if (this.#core.failed || this.#core.room === 'none') return
    this.#ports.exchange.submit({
      kind: 'driver.detach',
      driver: channel.driver,
      incarnation: channel.incarnation,
      // An adapter's own words may be in it, cut anywhere.
      reason: `the adapter is gone: ${reason}`.slice(0, 300).toWellFormed(),
      undispatched: this.#ports.exchange.flights.undispatched(),
    })
  }

  /** A driver's resources changed: told to those who may know of them at this moment. */
  #resourceNotice(object: DriverId, header: JsonObject): void {
    const told = readResourceNotice(header)
    if (told === null || this.#core.failed) return
    const { uri } = told
    const { state } = this.#core
    const now = this.#core.now()
    for (const channel of this.#ports.agents) {
      const { process } = channel.attachment
      if (uri === null) {
        const chains = chainsFor(state, process, object, 'resources/read', now)
        if (chains.length > 0) channel.changed({ event: 'resources-changed', object })
      } else if (this.#ports.exchange.subscriptions.hears(state, process, object, uri, now))
        channel.changed({ event: 'resource-updated', object, uri })
    }
    const { subscriptions } = this.#ports.exchange
    if (uri !== null && !subscriptions.isWanted(state, object, uri, now))
      this.#channels.get(object)?.unsubscribe(uri)
  }

  /** A driver's program says that lists changed which did not: told to those who have something in them. */
  #listNotice(driver: DriverChannel, header: JsonObject): void {
    const { failed, state } = this.#core
    const announced = failed ? [] : this.#announced.read(driver.driver, header, this.#core.now())
    if (announced.length === 0) return
    for (const channel of this.#ports.agents) {
      const definitions = definitionsFor(state, channel.attachment.process, driver, this.#core.now())
      const selectors = [...definitions].map(({ selector }) => selector)
      const lists = listsWith(announced, selectors)
      if (lists.length > 0) channel.changed({ event: 'changed', object: driver.driver, lists })
    }
  }
}
