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
  readonly tree: ProcessId
  readonly bytes: number
  readonly serve: () => void
}

/** Requests of one ordinary tree that are looked at in one turn as they come. */
const promptPerTurn = 64
/** Requests that are looked at in one turn altogether: some 5 ms of work. */
const mostPerTurn = 512
/** Requests that may wait, and bytes of them: of one process, and of all of its tree, whose members it may make. */
const ofProcess = { requests: 4096, bytes: 64 * 1024 * 1024 } as const
const ofTree = { requests: 16_384, bytes: 128 * 1024 * 1024 } as const
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
  readonly #ofProcess = new Backlogs(ofProcess)
  readonly #ofTree = new Backlogs(ofTree)
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
   * False when too much of this process, or of its tree, waits already: it is not served.
   */
  take(process: ProcessId, bytes: number, serve: () => void): Ticket | null | false {
    const place = this.#ports.placeOf(process)
    if (this.#isPrompt(place)) {
      serve()
      return null
    }
    const { tree } = place
    if (this.#ofProcess.isFull(process, bytes) || this.#ofTree.isFull(tree, bytes)) return false
    const cost = 1 + Math.floor(bytes / bytesPerTurn)
    const ticket = { process, tree, bytes, serve, deadline: ++this.#arrivals, cost }
    this.#ofProcess.add(process, 1, bytes)
    this.#ofTree.add(tree, 1, bytes)
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
  #isPrompt({ tree, treeShare }: Place): boolean {
    if (this.#isTurnOver) {
      this.#isTurnOver = false
      this.#ports.defer(() => this.#endTurn())
    }
    if (this.#servedAll >= mostPerTurn) return false
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

  #forget({ process, tree, bytes }: Ticket): true {
    this.#ofProcess.add(process, -1, -bytes)
    this.#ofTree.add(tree, -1, -bytes)
    return true
  }
}

/** How much waits, by whose it is. */
class Backlogs {
  readonly #most: { readonly requests: number; readonly bytes: number }
  readonly #waiting = new Map<ProcessId, { readonly requests: number; readonly bytes: number }>()

  constructor(most: { readonly requests: number; readonly bytes: number }) {
    this.#most = most
  }

  isFull(whose: ProcessId, more: number): boolean {
    const { requests, bytes } = this.#waiting.get(whose) ?? nothing
    return requests >= this.#most.requests || bytes + more > this.#most.bytes
  }

  add(whose: ProcessId, requests: number, bytes: number): void {
    const before = this.#waiting.get(whose) ?? nothing
    const after = { requests: before.requests + requests, bytes: before.bytes + bytes }
    if (after.requests > 0) this.#waiting.set(whose, after)
    else this.#waiting.delete(whose)
  }
}

const nothing = { requests: 0, bytes: 0 } as const

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
