/**
 * A call between its request and its end, as this process knows it: the argument bytes, who waits, and
 * whether they left for the driver. None of it is state: after a restart the ledger tells what became of it.
 */
import type { CallId, ProcessId } from '../base/ids.ts'
import type { CallNotes, CallRequest } from './call-request.ts'
import type { Waiter } from './waiter.ts'

/** Whoever brings a call, and its argument bytes along. */
export interface Requester {
  readonly request: Pick<CallRequest, 'process' | 'bytes' | 'notes' | 'within'>
  readonly waiter: Waiter
}

/** One call under way. */
export interface Flight {
  readonly call: CallId
  /** Whose bytes are kept; null while nobody has brought any. */
  process: ProcessId | null
  /** The standing process whose child that is, at whatever depth; 0 when it is none. */
  family: ProcessId | 0
  bytes: Uint8Array
  waiters: Waiter[]
  /** `dispatched` from the moment its frame was made; only a frame provably unsent takes it back. */
  stage: 'held' | 'admitted' | 'dispatched'
  /** Withdraws the dispatched request at the driver. */
  withdraw: (() => void) | null
  /** What each waiter says beside its request: of two that wait for one call, each for itself. */
  notes: Map<Waiter, CallNotes>
  /** The call in whose course a driver made this one, or 0. */
  within: CallId | 0
  /** Calls that the driver makes in the course of this one. */
  children: Set<CallId>
  /** What the approving operator had to say. */
  comment: string
  /** What an operator answered, as JSON text, or null. */
  answer: Uint8Array | null
}

/** Argument bytes that are kept for dispatch: of one process, and of all children in one tree. */
const maxBytesUnderWay = 64 * 1024 * 1024

/** Every call under way, by id. */
export class Flights {
  readonly #flights = new Map<CallId, Flight>()
  /** A waiter waits for one call: what it is must be found at once, however many calls there are. */
  readonly #byWaiter = new Map<Waiter, Flight>()
  /** Argument bytes kept for each process, and for all children together of a standing one. */
  readonly #bytes = new Map<ProcessId, number>()
  readonly #familyBytes = new Map<ProcessId, number>()
  readonly #familyOf: (process: ProcessId) => ProcessId | 0

  /** `familyOf` names the standing process whose child a process is; 0 when it is none. */
  constructor(familyOf: (process: ProcessId) => ProcessId | 0) {
    this.#familyOf = familyOf
  }

  get(call: CallId): Flight | undefined {
    return this.#flights.get(call)
  }

  /** Starts or continues a call: a retry that collects a decision brings its bytes and its waiter along. */
  open(call: CallId, stage: 'held' | 'admitted', from: Requester | null): Flight {
    const earlier = this.#flights.get(call)
    const flight = earlier ?? takeOff(call)
    flight.stage = stage
    if (from !== null) {
      const { waiter, request } = from
      const { notes, within = 0 } = request
      if (notes !== undefined) flight.notes = own(flight.notes).set(waiter, notes)
      flight.within = within
      const around = within === 0 ? undefined : this.#flights.get(within)
      if (around !== undefined) around.children = own(around.children).add(call)
      this.#count(flight, -1)
      flight.process = request.process
      flight.family = this.#familyOf(request.process)
      flight.bytes = request.bytes
      this.#count(flight, 1)
      if (earlier === undefined) flight.waiters = [waiter]
      else flight.waiters.push(waiter)
      this.#byWaiter.set(waiter, flight)
    }
    if (earlier === undefined) this.#flights.set(call, flight)
    return flight
  }

  /** Ends a call and returns what was known of it. */
  close(call: CallId): Flight | undefined {
    const flight = this.#flights.get(call)
    this.#flights.delete(call)
    if (flight === undefined) return undefined
    this.#count(flight, -1)
    for (const waiter of flight.waiters) this.#byWaiter.delete(waiter)
    if (flight.within !== 0) this.#flights.get(flight.within)?.children.delete(call)
    return flight
  }

  /** True when there is no room for `bytes` beside what is kept for the calls of `process`, or of its family. */
  isTooMuch(process: ProcessId, { length }: Uint8Array): boolean {
    const most = maxBytesUnderWay - length
    if ((this.#bytes.get(process) ?? 0) > most) return true
    const family = this.#familyOf(process)
    return family !== 0 && (this.#familyBytes.get(family) ?? 0) > most
  }

  /** True while somebody waits for the call. */
  isAwaited(call: CallId): boolean {
    return (this.#flights.get(call)?.waiters.length ?? 0) > 0
  }

  /** Admitted calls whose dispatch frame provably never left. */
  undispatched(): ReadonlySet<CallId> {
    const calls = new Set<CallId>()
    for (const flight of this.#flights.values()) if (flight.stage === 'admitted') calls.add(flight.call)
    return calls
  }

  /** The call that `waiter` waits for; undefined once its end is decided, even if it has not been told yet. */
  of(waiter: Waiter): Flight | undefined {
    return this.#byWaiter.get(waiter)
  }

  /** Takes `waiter` off whatever it waits for and returns the calls nobody waits for any more. */
  abandon(waiter: Waiter): readonly Flight[] {
    const flight = this.#byWaiter.get(waiter)
    if (flight === undefined) return []
    this.#byWaiter.delete(waiter)
    flight.waiters = flight.waiters.filter((other) => other !== waiter)
    flight.notes.delete(waiter)
    return flight.waiters.length === 0 ? [flight] : []
  }

  get size(): number {
    return this.#flights.size
  }

  #count({ process, family, bytes }: Flight, sign: 1 | -1): void {
    if (process !== null) add(this.#bytes, process, sign * bytes.length)
    if (family !== 0) add(this.#familyBytes, family, sign * bytes.length)
  }
}

function add(kept: Map<ProcessId, number>, whose: ProcessId, bytes: number): void {
  const sum = (kept.get(whose) ?? 0) + bytes
  if (sum === 0) kept.delete(whose)
  else kept.set(whose, sum)
}

const none = new Uint8Array(0)
/** Of the many flights without notes and without children: never written to. */
const noNotes: Map<Waiter, CallNotes> = new Map()
const noChildren: Set<CallId> = new Set()

/** What may be written to. */
function own<T extends Map<Waiter, CallNotes> | Set<CallId>>(kept: T): T {
  if (kept === noNotes) return new Map() as T
  return kept === noChildren ? (new Set() as T) : kept
}

function takeOff(call: CallId): Flight {
  return {
    call,
    process: null,
    family: 0,
    bytes: none,
    waiters: [],
    stage: 'held',
    withdraw: null,
    notes: noNotes,
    within: 0,
    children: noChildren,
    comment: '',
    answer: null,
  }
}
