/**
 * Where requests of processes wait for the kernel's attention. In one turn of the event loop each tree of
 * processes has so many requests looked at as they come; what it asks beyond that waits, and the trees that wait
 * take turns by their shares. So whoever floods delays itself, over however many connections, and whoever asks
 * little does not wait at all.
 */
import type { ProcessId } from '../base/ids.ts'
import type { Waiting } from '../kernel/schedule/fair-queue.ts'
import { FairQueue } from '../kernel/schedule/fair-queue.ts'
import type { Place } from '../kernel/schedule/place.ts'
import { ordinaryShare } from '../kernel/schedule/share.ts'

/** What an intake stands on. */
export interface IntakePorts {
  placeOf(process: ProcessId): Place
  /** Runs `task` when the current turn of the event loop is over. */
  defer(task: () => void): void
}

/** A request that waits: nothing of it has been looked at. */
export interface Ticket extends Waiting {
  readonly process: ProcessId
  readonly bytes: number
  readonly serve: () => void
}

/** Requests of one ordinary tree that are looked at in one turn as they come. */
const promptPerTurn = 64
/** Requests that are looked at in one turn altogether: some 5 ms of work. */
const mostPerTurn = 512
/** Requests of one process that may wait, and bytes of them. */
const maxWaiting = 4096
const maxWaitingBytes = 64 * 1024 * 1024
/** So many bytes of a request cost as much as looking at another one. */
const bytesPerTurn = 16_384
/** How much is left where nothing is ever outstanding. */
const plenty = 1_000_000

/** The kernel's intake. One per machine. */
export class Intake {
  readonly #ports: IntakePorts
  readonly #queue: FairQueue<Ticket>
  /** Requests looked at in this turn, by tree. */
  readonly #served = new Map<ProcessId, number>()
  /** Bytes that wait, by process. */
  readonly #bytes = new Map<ProcessId, number>()
  #servedAll = 0
  #isTurnOver = true
  #arrivals = 0

  constructor(ports: IntakePorts) {
    this.#ports = ports
    this.#queue = new FairQueue((process) => ({ ...ports.placeOf(process), isFrozen: false }))
  }

  /** Requests that wait. */
  get size(): number {
    return this.#queue.size
  }

  /**
   * Serves a request now if it may, and returns null; otherwise later, and returns a ticket to withdraw it with.
   * False when too much of this process waits already: it is not served.
   */
  take(process: ProcessId, bytes: number, serve: () => void): Ticket | null | false {
    if (this.#isPrompt(process)) {
      serve()
      return null
    }
    const waiting = this.#bytes.get(process) ?? 0
    if (this.#queue.waitingOf(process) >= maxWaiting || waiting + bytes > maxWaitingBytes) return false
    const cost = 1 + Math.floor(bytes / bytesPerTurn)
    const ticket = { process, bytes, serve, deadline: ++this.#arrivals, cost }
    this.#bytes.set(process, waiting + bytes)
    this.#queue.add(process, ticket)
    return ticket
  }

  /** Takes a ticket back: it will not be served. False when it has been. */
  withdraw(ticket: Ticket): boolean {
    return this.#queue.remove(ticket.process, ticket) && this.#forget(ticket)
  }

  /** Shares changed. */
  refresh(): void {
    this.#queue.refresh()
  }

  /** Counts a request of this turn. False when its tree has had enough of it, or has others waiting. */
  #isPrompt(process: ProcessId): boolean {
    if (this.#isTurnOver) {
      this.#isTurnOver = false
      this.#ports.defer(() => this.#endTurn())
    }
    if (this.#servedAll >= mostPerTurn) return false
    const { tree, treeShare } = this.#ports.placeOf(process)
    const served = (this.#served.get(tree) ?? 0) + 1
    if (served * ordinaryShare.weight > promptPerTurn * treeShare.weight) return false
    if (this.#queue.size > 0 && this.#queue.hasWaiting(tree)) return false
    this.#served.set(tree, served)
    this.#servedAll += 1
    return true
  }

  /** A turn is over: what waits has the next, and what comes in it comes beside that. */
  #endTurn(): void {
    this.#isTurnOver = true
    this.#servedAll = 0
    this.#served.clear()
    for (let count = 0; count < mostPerTurn; count++) {
      const turn = this.#queue.next(plenty)
      if (turn === null) return
      this.#queue.finished(turn.process)
      this.#forget(turn.item)
      turn.item.serve()
    }
    this.#isTurnOver = false
    this.#ports.defer(() => this.#endTurn())
  }

  #forget({ process, bytes }: Ticket): true {
    const left = (this.#bytes.get(process) ?? 0) - bytes
    if (left > 0) this.#bytes.set(process, left)
    else this.#bytes.delete(process)
    return true
  }
}

/** What one connection has at the intake, by the correlation of its requests. */
export class IntakeLine {
  readonly #intake: Intake
  readonly #process: ProcessId
  readonly #tickets = new Map<number, Ticket>()

  constructor(intake: Intake, process: ProcessId) {
    this.#intake = intake
    this.#process = process
  }

  /** Serves a request now or later. False when it cannot wait, and is not served. */
  take(correlation: number, bytes: number, serve: () => void): boolean {
    const ticket = this.#intake.take(this.#process, bytes, () => {
      this.#tickets.delete(correlation)
      serve()
    })
    if (ticket === false) return false
    if (ticket !== null) this.#tickets.set(correlation, ticket)
    return true
  }

  /** Withdraws a request that waits. False when it does not. */
  withdraw(correlation: number): boolean {
    const ticket = this.#tickets.get(correlation)
    return ticket !== undefined && this.#tickets.delete(correlation) && this.#intake.withdraw(ticket)
  }

  /** The connection is gone, and with it what nobody looked at. */
  close(): void {
    for (const ticket of this.#tickets.values()) this.#intake.withdraw(ticket)
    this.#tickets.clear()
  }
}
