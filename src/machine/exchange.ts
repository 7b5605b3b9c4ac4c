/**
 * Where requests meet decisions: a request comes in with its waiter, the core decides, and every event that
 * follows is turned into what must be told or dispatched, behind the output gate. What a waiter hears and what
 * a driver is sent follow from events alone, so a replayed ledger explains all of it.
 */
import type { CallId, ObjectId, ProcessId } from '../base/ids.ts'
import type { Entropy } from '../base/ports.ts'
import { denialText } from '../kernel/approval/collect.ts'
import type { Decision } from '../kernel/decision.ts'
import type { Event, EventOf } from '../kernel/event.ts'
import { isReverse } from '../kernel/manifest.ts'
import { subjectOfCall } from '../kernel/privacy/subject.ts'
import type { Refusal } from '../kernel/refusal.ts'
import { refusal } from '../kernel/refusal.ts'
import { familyOf } from '../kernel/schedule/place.ts'
import type { Vault } from '../ledger/port.ts'
import type { CallRequest } from './call-request.ts'
import { combined, wants } from './call-request.ts'
import type { Core, Untimed } from './core.ts'
import type { Dispatcher, DriverAnswer } from './departure.ts'
import { dispatchHeader } from './dispatch-header.ts'
import type { Flight, Requester } from './flight.ts'
import { Flights } from './flight.ts'
import { RefusalCounter } from './refusal-counter.ts'
import { Parking } from './parking.ts'
import { requestCommand } from './request-command.ts'
import { approvedButStill, lapse, ledgerUnavailable, tooMuchUnderWay, unparsed } from './refused-calls.ts'
import { sealable } from './sealable.ts'
import { Subscriptions } from './subscriptions.ts'
import type { Ending, Waiter } from './waiter.ts'

/** Everything the exchange stands on. */
export interface ExchangePorts {
  readonly core: Core
  readonly vault: Vault
  readonly entropy: Entropy
  /** What carries calls of `selector` to `object`; null while nothing does. */
  dispatcherOf(object: ObjectId, selector: string): Dispatcher | null
  /** Called as soon as it is decided that a process is frozen, or runs otherwise than before. */
  onGoverned?(isFrozen: boolean): void
  /** Told of every event once it is durable, after the calls it concerns were served. */
  onDurable(event: Event): void
}

/** What an answer brings along that the event does not hold. */
type Result = Pick<Ending, 'result' | 'form'>

/** Turns requests into decisions and events into answers. */
export class Exchange {
  readonly flights: Flights
  readonly parking: Parking = new Parking()
  readonly subscriptions: Subscriptions = new Subscriptions()
  readonly #refusals = new RefusalCounter()
  readonly #ports: ExchangePorts

  constructor(ports: ExchangePorts) {
    this.#ports = ports
    this.flights = new Flights((process) => familyOf(ports.core.state, process))
    ports.core.onDurable((event) => this.#durable(event))
  }

  /** A process asks for an effect. The waiter hears how it ended, exactly once, unless it is abandoned. */
  call(request: CallRequest, waiter: Waiter): void {
    const { process, selector, bytes } = request
    const { core } = this.#ports
    if (core.failed) return
    if (core.room !== 'ample') return this.#wait(request, waiter)
    if (this.flights.isTooMuch(process, bytes)) return this.refuse(process, selector, tooMuchUnderWay, waiter)
    const command = requestCommand(request, this.#ports)
    if (!command.ok) return this.refuse(process, selector, command.error, waiter)
    const decision = this.submit(command.value, { request, waiter })
    if (decision.refusal !== null) this.#tellRefusal(process, decision.refusal, waiter)
    if (decision.joins !== undefined) this.#join(decision.joins, { request, waiter })
  }

  /** Refuses a request that the kernel could not even be asked about, recorded as any refusal. */
  refuse(process: ProcessId, selector: string, why: Refusal, waiter: Waiter): void {
    if (this.#ports.core.failed) return
    if (this.#ports.core.room !== 'ample') return this.#tellRefusal(process, ledgerUnavailable, waiter)
    const { message, needed } = why
    const code = unparsed.find((known) => known === why.code) ?? 'bad-request'
    const decision = this.submit({ kind: 'syscall.refuse', process, selector, code, message, needed })
    this.#tellRefusal(process, decision.refusal ?? why, waiter)
  }

  /**
   * The waiter gave up or its connection ended: calls in flight are cancelled. Held ones stay, except what a
   * driver asked: nobody would come back for that.
   */
  abandon(waiter: Waiter): readonly CallId[] {
    if (this.#ports.core.failed || this.parking.leave(waiter)) return []
    const left = this.flights.abandon(waiter)
    // The kernel knows which of them stay.
    for (const flight of left) this.#cancel(flight)
    return left.map((flight) => flight.call)
  }

  /** Decides any command and serves what follows from it. */
  submit(command: Untimed, from: Requester | null = null, ending: Result | null = null): Decision {
    const decision = this.#ports.core.submit(command)
    for (const event of decision.events) this.#serve(event, from, ending)
    return decision
  }

  /** Tells what a process heard of a refusal; counts it if it was not recorded. */
  countIfUnrecorded(process: ProcessId, why: Refusal): void {
    if (why.seq === null) this.#refusals.count(process, why.code, this.#ports.core.now())
  }

  /** Records the refusals that were only counted. */
  flushRefusals(): void {
    if (this.#ports.core.failed || this.#ports.core.room !== 'ample') return
    for (const counted of this.#refusals.drain()) this.submit({ kind: 'refusals.flush', ...counted })
  }

  /** There is no room now. There may be in a moment; otherwise the answer is no. */
  #wait(request: CallRequest, waiter: Waiter): void {
    const { core } = this.#ports
    if (!core.isMakingRoom || !this.parking.park(request, waiter)) {
      return this.#tellRefusal(request.process, ledgerUnavailable, waiter)
    }
    // The first to wait asks for all that come after it.
    if (this.parking.size > 1) return
    core.whenRoomIsKnown(() => {
      for (const [parked, asked] of this.parking.drain()) this.call(asked, parked)
    })
  }

  #tellRefusal(process: ProcessId, why: Refusal, waiter: Waiter): void {
    this.countIfUnrecorded(process, why)
    this.#ports.core.whenDurable(() => waiter.refused(why))
  }

  #join(call: CallId, from: Requester): void {
    const held = this.#ports.core.state.calls.get(call)
    if (held === undefined) return
    this.flights.open(call, 'held', from)
    const holding = { seq: held.payloadSeq, call, expiresAt: held.dueAt, demands: held.demands }
    this.#ports.core.whenDurable(() => from.waiter.held(holding))
  }

  #serve(event: Event, from: Requester | null, ending: Result | null): void {
    const { core } = this.#ports
    switch (event.kind) {
      case 'call.held':
        this.#hold(event, from)
        break
      case 'call.admitted':
        this.#admit(event, from)
        break
      case 'call.approved':
        this.#noteAnswer(event)
        break
      case 'process.frozen':
      case 'process.thawed':
      case 'process.weighed':
        this.#ports.onGoverned?.(event.kind === 'process.frozen')
        break
      case 'call.settled':
        this.subscriptions.settled(event.body.call, event.body.outcome)
        this.#end(event, ending ?? { result: new Uint8Array(0) })
        break
      case 'call.denied':
        this.#dismiss(event.body.call, {
          ...refusal('approval-denied', denialText(event.body.comment), 'Something else.'),
          seq: event.seq,
        })
        break
      case 'call.lapsed':
        this.#dismiss(event.body.call, { ...lapse(event.body.reason), seq: event.seq })
        break
      default:
        break
    }
    core.announce(event)
  }

  /** What had to wait for one event alone. */
  #durable(event: Event): void {
    if (event.kind === 'call.admitted') this.#dispatch(event)
    else if (event.kind === 'call.approved') this.#explainDelay(event)
    // Doing that may have been what the ledger failed at.
    if (!this.#ports.core.failed) this.#ports.onDurable(event)
  }

  #admit({ body }: EventOf<'call.admitted'>, from: Requester | null): void {
    const flight = this.flights.open(body.call, 'admitted', from)
    const { state } = this.#ports.core
    flight.comment = state.calls.get(body.call)?.comment ?? ''
    this.subscriptions.admitted(state, body, flight.bytes)
  }

  #hold({ seq, body }: EventOf<'call.held'>, from: Requester | null): void {
    const { call, expiresAt, demands } = body
    this.flights.open(call, 'held', from)
    this.#ports.core.whenDurable(() => from?.waiter.held({ seq, call, expiresAt, demands }))
  }

  /** The intent is durable. The call leaves as soon as its driver takes one more. */
  #dispatch({ body }: EventOf<'call.admitted'>): void {
    const flight = this.flights.get(body.call)
    if (flight?.stage !== 'admitted') return
    const dispatcher = this.#ports.dispatcherOf(body.object, body.selector)
    // Without an adapter the detachment that is on its way settles the call.
    if (dispatcher === null) return
    flight.withdraw = dispatcher.dispatch({
      process: body.process,
      deadline: body.deadline,
      header: dispatchHeader(this.#ports.core.state, body, combined([...flight.notes.values()])),
      bytes: flight.bytes,
      mayLeave: () => this.#mayLeave(flight),
      onNotice: (header, notice) => {
        if (this.flights.get(flight.call) !== flight) return
        for (const [waiter, notes] of flight.notes) if (wants(notes, header)) waiter.told?.(header, notice)
      },
      onAnswer: (answer) => this.#answered(flight, answer),
    })
  }

  #mayLeave(flight: Flight): boolean {
    if (this.#ports.core.failed || this.flights.get(flight.call) !== flight) return false
    const { refusal: why } = this.submit({ kind: 'call.recheck', call: flight.call })
    if (why !== null) return false
    flight.stage = 'dispatched'
    return true
  }

  #answered(flight: Flight, answer: DriverAnswer): void {
    if (answer.kind === 'unsent') flight.stage = 'admitted'
    if (answer.kind !== 'answered' || this.flights.get(flight.call) !== flight || this.#ports.core.failed)
      return
    const { outcome, reason, result, form } = answer
    const { vault, core } = this.#ports
    const call = core.state.calls.get(flight.call)
    const payload = sealable(vault, result, call === undefined ? 0 : subjectOfCall(core.state, call))
    flight.withdraw = null
    const released = flight.stage === 'admitted'
    const settle = { kind: 'call.settle', call: flight.call, outcome, reason, released, payload } as const
    this.submit(settle, null, form === undefined ? { result } : { result, form })
  }

  #end({ seq, body }: EventOf<'call.settled'>, ending: Result): void {
    const { call, outcome, reason } = body
    const flight = this.#close(call)
    if (flight === undefined) return
    const { comment } = flight
    this.#ports.core.whenDurable(() => {
      flight.withdraw?.()
      for (const waiter of flight.waiters) waiter.ended({ seq, call, outcome, reason, comment, ...ending })
    })
  }

  #dismiss(call: CallId, why: Refusal): void {
    const flight = this.#close(call)
    this.#ports.core.whenDurable(() => {
      for (const waiter of flight?.waiters ?? []) waiter.refused(why)
    })
  }

  /** A call is over, and with it whatever its driver still asks in its course. */
  #close(call: CallId): Flight | undefined {
    const flight = this.flights.close(call)
    for (const child of flight?.children ?? []) {
      const asked = this.flights.get(child)
      if (asked !== undefined && !this.#ports.core.failed) this.#cancel(asked)
    }
    return flight
  }

  #cancel({ call, stage }: Flight): void {
    this.submit({ kind: 'call.cancel', call, dispatched: stage === 'dispatched' })
  }

  /** An operator's answer goes along with the call that asked for it. */
  #noteAnswer({ body, payload }: EventOf<'call.approved'>): void {
    const flight = this.flights.get(body.call)
    if (flight !== undefined) flight.answer = payload?.bytes ?? null
  }

  /**
   * Approved, awaited, and yet not admitted: the driver is down, or the process still. The approval waits for an
   * identical retry, but for what a driver asked: nobody asks that again.
   */
  #explainDelay({ seq, body }: EventOf<'call.approved'>): void {
    const { state, failed } = this.#ports.core
    const [flight, call] = [this.flights.get(body.call), state.calls.get(body.call)]
    if (flight?.stage !== 'held' || call === undefined || failed) return
    if (isReverse(call.selector)) return this.#cancel(flight)
    const why = { ...approvedButStill(state, call.process), seq }
    this.flights.close(body.call)
    for (const waiter of flight.waiters) waiter.refused(why)
  }
}
