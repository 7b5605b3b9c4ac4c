/**
 * What the kernel knows. The state is the fold of the events and nothing else; only `evolve` writes it.
 * Settled calls, refusals and history are not here: they are in the ledger.
 */
import type {
  AgentId,
  CallId,
  CapabilityId,
  DriverId,
  Handle,
  Instant,
  ObjectId,
  OperatorId,
  ProcessId,
  Seq,
} from '../base/ids.ts'
import { id } from '../base/ids.ts'
import type { Caveats, Selector } from './capability/terms.ts'
import type { EffectClass } from './effect.ts'
import type { OperatorLevel, Verdict } from './event.ts'
import type { DriverProgram, PinnedSelector } from './manifest.ts'

/** A node of the derivation tree. Caveats are this level's only; see `chainOf` for the whole. */
export interface Capability {
  readonly id: CapabilityId
  /** 0 at a root grant. */
  readonly parent: CapabilityId | 0
  readonly root: CapabilityId
  readonly depth: number
  readonly holder: ProcessId
  /** 0 for an approval: it is used by the kernel for the one call it approves, never designated. */
  readonly handle: Handle | 0
  readonly object: ObjectId
  readonly caveats: Caveats
  readonly grantedBy: OperatorId
  readonly since: Seq
  revoked: boolean
  /** Nodes derived from it and still in the tree. */
  children: number
  spent: number
  reserved: number
  windowStart: number
  windowCount: number
}

/** A holder of capabilities. */
export interface Process {
  readonly id: ProcessId
  /** 0 for the process of a driver. */
  readonly agent: AgentId | 0
  readonly handles: Map<Handle, CapabilityId>
  nextHandle: number
  killed: boolean
  inFlight: number
  held: number
  refusalWindowStart: number
  refusalCount: number
  derivationWindowStart: number
  derivationCount: number
  /** Only of a process that another one spawned. */
  readonly child?: Child
}

/** What a spawned process is beside a process. */
export interface Child {
  readonly parent: ProcessId
  readonly name: string
  readonly tokenDigest: string
  /** Levels below a standing process: 1 for its children. */
  readonly depth: number
}

/** A durable named identity with one standing process. */
export interface Agent {
  readonly id: AgentId
  readonly process: ProcessId
  readonly name: string
  readonly tokenDigest: string
}

/** A program that serves an object, as signed by an operator. */
export interface Driver {
  readonly id: DriverId
  readonly name: string
  program: DriverProgram
  selectors: ReadonlyMap<Selector, PinnedSelector>
  /** Which attachment is current; 0 when none. */
  attached: number
  lastIncarnation: number
  quarantined: ReadonlySet<Selector>
}

/** A human with keys. */
export interface Operator {
  readonly id: OperatorId
  readonly name: string
  readonly level: OperatorLevel
  readonly publicKey: string
}

/** A call that is held, decided but not collected, or in flight. */
export interface Call {
  readonly id: CallId
  readonly process: ProcessId
  readonly object: ObjectId
  readonly selector: Selector
  readonly effect: EffectClass
  readonly commitment: string
  /** Where the argument bytes are: the held or admitted event that carries them. */
  readonly payloadSeq: Seq
  /** The capability the call acts under: that of the request, later the approval. */
  capability: CapabilityId
  stage: 'held' | 'approved' | 'denied' | 'admitted'
  readonly reservedAt: Instant
  /** Event that last moved the call: the cause of the next one. */
  lastSeq: Seq
  /** Held: when it lapses. Admitted: when it times out. */
  dueAt: Instant
  readonly approvalDigest: string
  readonly nonce: string
  readonly demands: readonly string[]
  readonly verdict: Verdict
  comment: string
}

/** A halt in force, or one that was. */
export interface Halt {
  readonly seq: Seq
  readonly requestedAt: Instant
  readonly requestedBy: string
  readonly reason: string
}

/** The domain a ledger belongs to. */
export interface Domain {
  readonly name: string
  readonly canonDigest: string
  readonly canonVersion: number
  readonly ledgerKey: string
  policyVersion: string
}

/** The whole kernel state. Maps are keyed by id and iterate in the order of creation, which replay repeats. */
export interface State {
  seq: Seq
  at: Instant
  domain: Domain | null
  boot: number
  halted: Halt | null
  /** The halt that was resumed last: its file may outlive a crash, and is not a new halt. */
  resumed: Halt | null
  nextObject: number
  nextCapability: number
  nextCall: number
  readonly operators: Map<OperatorId, Operator>
  readonly drivers: Map<DriverId, Driver>
  readonly agents: Map<AgentId, Agent>
  readonly processes: Map<ProcessId, Process>
  readonly capabilities: Map<CapabilityId, Capability>
  readonly calls: Map<CallId, Call>
  /** Held and decided calls by what an identical retry would look like. */
  readonly pending: Map<string, CallId>
  /** Nonces of accepted orders with the order's time, kept while an order that old could be accepted. */
  readonly nonces: Map<string, Instant>
  orderRefusalWindowStart: number
  orderRefusalCount: number
}

/** The state before the first event. */
export function initialState(): State {
  return {
    seq: id<Seq>(0),
    at: id<Instant>(0),
    domain: null,
    boot: 0,
    halted: null,
    resumed: null,
    nextObject: 1,
    nextCapability: 1,
    nextCall: 1,
    operators: new Map(),
    drivers: new Map(),
    agents: new Map(),
    processes: new Map(),
    capabilities: new Map(),
    calls: new Map(),
    pending: new Map(),
    nonces: new Map(),
    orderRefusalWindowStart: 0,
    orderRefusalCount: 0,
  }
}

/** What makes two requests the same request: process, object, selector and the commitment to the bytes. */
export function requestKey(
  process: ProcessId,
  object: ObjectId,
  selector: Selector,
  commitment: string,
): string {
  return `${process} ${object} ${commitment} ${selector}`
}
