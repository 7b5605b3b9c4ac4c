/**
 * The fold at work: commands in, events recorded, outputs out — in that order and no other. Everything that
 * leaves the kernel's process passes the output gate: it waits until every event recorded before it was
 * decided is durable. Decisions run ahead inside the open batch; if its append fails, nothing of them has
 * left, and the process stops and refolds, so there is no rollback.
 */
import { invariant } from '../base/fault.ts'
import type { Instant } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import type { Clock } from '../base/ports.ts'
import type { Command } from '../kernel/command.ts'
import { decide } from '../kernel/decide.ts'
import type { Decision } from '../kernel/decision.ts'
import type { Event } from '../kernel/event.ts'
import { evolve } from '../kernel/evolve.ts'
import type { Judge } from '../kernel/gate/judge.ts'
import { stateRoot } from '../kernel/root.ts'
import type { State } from '../kernel/state.ts'
import type { DiskFailure, Ledger, Room } from '../ledger/port.ts'
import { weightOf } from './event-weight.ts'

/** A command before the core stamps ledger time on it. */
export type Untimed = Command extends infer C ? (C extends Command ? Omit<C, 'at'> : never) : never

/** What the core needs of the world. */
export interface CorePorts {
  readonly clock: Clock
  readonly ledger: Ledger
  readonly judge: Judge
  /** Runs `task` when the current turn of the event loop is over: that is when a batch closes. */
  defer(task: () => void): void
  /** Nothing more can be recorded: the process must stop. Called once; nothing is released after it. */
  fail(failure: DiskFailure): void
  /** May take the bytes of the present state, of that root; what it returns is called once that state is signed. */
  snapshot?(root: string): (() => void) | null
}

/** What waits for the output gate: something to run, or an event that whoever serves events is told of. */
type Release = (() => void) | Event

/** Bounds of one append, so that a batch always fits a segment. */
const maxBatchEvents = 4096
const maxBatchWeight = 4 * 1024 * 1024
/** What recording the outcome of a call takes: an event with a result, in a batch of its own. */
const outcomeWeight = 8192

/** The single owner of one domain's state and of the right to append to its ledger. */
export class Core {
  readonly state: State
  readonly #ports: CorePorts
  readonly #outputs: Release[] = []
  /** Beside each output, the event that must be durable before it is released. */
  readonly #outputSeqs: number[] = []
  #released = 0
  #tell: ((event: Event) => void) | null = null
  #open: Event[] = []
  /** Weights of the open events. */
  #weights: number[] = []
  /** Weight of the events that are decided and not durable. */
  #unwritten = 0
  #writing = false
  #scheduled = false
  #failed = false
  #checkpointWanted = false
  #checkpointed: number
  #snapshot: (() => void) | null = null

  constructor(state: State, ports: CorePorts) {
    invariant(ports.ledger.durable === state.seq, 'the state is the fold of the whole ledger')
    this.state = state
    this.#ports = ports
    this.#checkpointed = -1
  }

  /** True once an append failed; nothing is decided any more. */
  get failed(): boolean {
    return this.#failed
  }

  /** How much the ledger can still take, once what was decided and the outcomes that must follow are in it. */
  get room(): Room {
    if (this.#failed) return 'none'
    return this.#ports.ledger.room(this.#unwritten, this.state.calls.size * outcomeWeight)
  }

  /** True while the ledger prepares more room: asking again once that is known may go better. */
  get isMakingRoom(): boolean {
    return !this.#failed && this.#ports.ledger.isMakingRoom
  }

  /** Calls `known` once, when the preparation under way has succeeded or failed. */
  whenRoomIsKnown(known: () => void): void {
    this.#ports.ledger.whenRoomIsKnown(known)
  }

  /** Last durable event. */
  get durable(): number {
    return this.#ports.ledger.durable
  }

  /** Ledger time: the clock, but never earlier than the last event. */
  now(): Instant {
    return id<Instant>(Math.max(this.state.at, this.#ports.clock.now()))
  }

  /** What judges requests here. */
  get judge(): Judge {
    return this.#ports.judge
  }

  /** What would be decided now. Nothing is applied and nothing is recorded. */
  consider(command: Untimed): Decision {
    invariant(!this.#failed, 'nothing is decided after the ledger failed')
    return decide(this.state, this.#timed(command), this.#ports.judge)
  }

  /** Decides a command and applies what follows. Its outputs belong behind `whenDurable`. */
  submit(command: Untimed): Decision {
    invariant(!this.#failed, 'nothing is decided after the ledger failed')
    const decision = decide(this.state, this.#timed(command), this.#ports.judge)
    for (const event of decision.events) {
      evolve(this.state, event)
      const weight = weightOf(event)
      this.#open.push(event)
      this.#weights.push(weight)
      this.#unwritten += weight
    }
    if (decision.events.length > 0) this.#schedule()
    return decision
  }

  /** Stamps ledger time on a command, in place: that is the whole difference, and there are very many of them. */
  #timed(command: Untimed): Command {
    const timed = command as Command & { at: Instant }
    timed.at = this.now()
    return timed
  }

  /** Runs `release` once everything recorded so far is durable; in order, and never within this call. */
  whenDurable(release: () => void): void {
    this.#await(release)
  }

  /** Has `tell` told of every event that is announced, once it is durable. Called once. */
  onDurable(tell: (event: Event) => void): void {
    invariant(this.#tell === null, 'one tells of durable events')
    this.#tell = tell
  }

  /** The same as `whenDurable` of an event that was just decided, for whoever said `onDurable`. */
  announce(event: Event): void {
    this.#await(event)
  }

  #await(release: Release): void {
    if (this.#failed) return
    this.#outputs.push(release)
    this.#outputSeqs.push(this.state.seq)
    this.#schedule()
  }

  /**
   * Asks for a signed checkpoint after the next batch. Costs one state root. Nothing new needs none, unless
   * the ledger is short of room: a checkpoint is also when it looks for more, and nothing else may come.
   */
  wantCheckpoint(): void {
    if (this.#checkpointed >= this.state.seq && this.room === 'ample') return
    this.#checkpointWanted = true
    this.#schedule()
  }

  /** True when nothing is being written and nothing waits. */
  get idle(): boolean {
    return !this.#writing && this.#open.length === 0 && this.#released === this.#outputs.length
  }

  /** True when idle, and a checkpoint of this process signs the last event. */
  get isSealed(): boolean {
    return this.idle && this.#checkpointed >= this.state.seq
  }

  #schedule(): void {
    if (this.#scheduled || this.#writing || this.#failed) return
    this.#scheduled = true
    this.#ports.defer(() => {
      this.#scheduled = false
      this.#flush()
    })
  }

  #flush(): void {
    if (this.#writing || this.#failed) return
    this.#release()
    if (this.#open.length === 0) return this.#checkpoint()
    const { batch, weight } = this.#closeBatch()
    const root = this.#checkpointWanted && this.#open.length === 0 ? this.#root() : null
    const at = this.state.at
    this.#writing = true
    this.#ports.ledger.append(batch, (failure) => {
      this.#writing = false
      if (failure !== null) return this.#fail(failure)
      this.#unwritten -= weight
      this.#release()
      if (root === null) return this.#schedule()
      this.#sign(at, root)
    })
  }

  #closeBatch(): { readonly batch: readonly Event[]; readonly weight: number } {
    let weight = 0
    let count = 0
    for (const one of this.#weights) {
      if (count === maxBatchEvents || (count > 0 && weight > maxBatchWeight)) break
      weight += one
      count += 1
    }
    const batch = this.#open
    this.#open = batch.splice(count)
    this.#weights = this.#weights.slice(count)
    return { batch, weight }
  }

  /** With no event open, the state is exactly what is durable. */
  #checkpoint(): void {
    if (!this.#checkpointWanted || this.state.seq === 0) return
    this.#sign(this.state.at, this.#root())
  }

  /** Of a state that a checkpoint is about to sign: the only one that a snapshot can be of. */
  #root(): string {
    const root = stateRoot(this.state)
    this.#snapshot = this.#ports.snapshot?.(root) ?? null
    return root
  }

  #sign(at: Instant, root: string): void {
    this.#checkpointWanted = false
    this.#writing = true
    this.#ports.ledger.checkpoint(at, root, (failure) => {
      this.#writing = false
      if (failure !== null) return this.#fail(failure)
      this.#checkpointed = this.#ports.ledger.durable
      this.#snapshot?.()
      this.#snapshot = null
      this.#schedule()
    })
  }

  #release(): void {
    const { durable } = this.#ports.ledger
    while (this.#released < this.#outputs.length) {
      const output = this.#outputs[this.#released]
      invariant(output !== undefined, 'outputs are contiguous')
      if ((this.#outputSeqs[this.#released] as number) > durable) break
      this.#released += 1
      if (typeof output === 'function') output()
      else this.#tell?.(output)
      if (this.#failed) return
    }
    if (this.#released > 1024 || this.#released === this.#outputs.length) {
      this.#outputs.splice(0, this.#released)
      this.#outputSeqs.splice(0, this.#released)
      this.#released = 0
    }
  }

  #fail(failure: DiskFailure): void {
    this.#failed = true
    this.#outputs.length = 0
    this.#outputSeqs.length = 0
    this.#open = []
    this.#weights = []
    this.#ports.fail(failure)
  }
}
