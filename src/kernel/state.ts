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
import type { PackedDigest } from '../base/packed-digest.ts'
import type { Account } from './capability/account.ts'
import type { Capabilities } from './capability/record.ts'
import { CapabilityTable } from './capability/table.ts'
import type { Selector } from './capability/terms.ts'
import type { CanonDocument } from './canon/document.ts'
import type { EffectClass } from './effect.ts'
import type { DomainRole, EventBodies, OperatorLevel, SignedOrder, Verdict } from './event.ts'
import { CallTable } from './gate/call-table.ts'
import type { HaltedScope, LastDrill } from './halt/event-bodies.ts'
import type { DriverProgram, PinnedSelector } from './manifest.ts'
import type { Hold, Subject } from './privacy/event-bodies.ts'
import type { Safeguards } from './recovery/event-bodies.ts'
import type { Timer } from './process/timer.ts'
import type { Share } from './schedule/share.ts'

export type { Account } from './capability/account.ts'
export type { Capability } from './capability/record.ts'

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
  /** Event that froze it; absent while it runs. */
  frozen?: Seq
  /** What it gets beside others; absent while nobody weighed it. */
  share?: Share
  /** By the seq of the event that set them; absent without any. */
  timers?: Map<Seq, Timer>
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
  /** Whom its payloads are about; itself without it. */
  readonly subject?: number
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
  /** Which domain a domain-sovereign governs. */
  readonly domain?: string
  /** Absent while active. */
  readonly status?: Exclude<OperatorStatus, 'active'>
}

/** Whether an operator's key counts: not while it is lost, and never again once it is revoked. */
export type OperatorStatus = 'active' | 'lost' | 'revoked'

/** An order that waits for a second operator. */
export interface Proposal {
  /** The seq of its event. */
  readonly id: Seq
  readonly operator: OperatorId
  readonly action: string
  readonly digest: string
  readonly expiresAt: Instant
  readonly signed: SignedOrder
}

/** Whether a domain runs. `removed` is for good. */
export type DomainStatus = 'active' | 'frozen' | 'removed'

/** A domain as the sovereign knows it, with the last statement to it and what it said of itself. */
export interface RegisteredDomain {
  readonly name: string
  readonly weight: number
  readonly status: DomainStatus
  /** Number, time, validity and digest of the last statement; 0 and empty before the first. */
  readonly statement: number
  readonly issuedAt: Instant
  readonly validUntil: Instant
  readonly digest: string
  readonly acknowledged: Omit<EventBodies['domain.acknowledged'], 'name'> | null
}

/** What a member acts on: the last statement of its sovereign, but for the operators, who stand in the state. */
export interface Standing {
  readonly statement: number
  readonly status: DomainStatus
  readonly validUntil: Instant
  readonly canon: { readonly version: number; readonly digest: string }
  readonly weight: number
  /** The operators' ids here, in the order in which the statement lists them. */
  readonly operators: readonly OperatorId[]
}

/** A call that is held, decided but not collected, or in flight. */
export interface Call {
  readonly id: CallId
  readonly process: ProcessId
  readonly object: ObjectId
  readonly selector: Selector
  readonly effect: EffectClass
  /** See `commitmentOf`. */
  readonly commitment: string | PackedDigest
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
  /** Capabilities of other origin that it takes a use of too. */
  readonly with?: readonly CapabilityId[]
  /** Whom its arguments are about, where that is not whom its process works for. */
  readonly subject?: number
  /** What it costs, and the account that pays. */
  readonly cost?: number
  readonly payer?: CapabilityId
  /** How many different operators must approve it, where more than one must, and who has already. */
  readonly approvals?: number
  approvedBy?: readonly OperatorId[]
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
  /** Absent for a kernel alone, which is both. */
  readonly role?: DomainRole
  /** Of a member: the key that its sovereign's statements are signed with. */
  readonly sovereign?: string
  /** The canon in force; absent under the first edition. */
  readonly canon?: CanonDocument
  /** SHA-256 in hex of the manifest of the code that may run here; absent where none was recorded. */
  readonly codeDigest?: string
}

/** A pass over the table: the id it has come to, and the first one that the next pass begins with, or 0. */
export interface Sweep {
  at: number
  again: number
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
  readonly capabilities: Capabilities
  /** How the state is kept; absent until a boot has said so. */
  rules?: 2
  /** The pass over what revocations left dead; absent while there is nothing to do. */
  sweep?: Sweep
  readonly calls: CallTable
  /** Budgets by their capability; absent while there are none. */
  accounts?: Map<CapabilityId, Account>
  /** Held and decided calls by what an identical retry would look like. */
  readonly pending: Map<string, CallId>
  /** Nonces of accepted orders with the order's time, kept while an order that old could be accepted. */
  readonly nonces: Map<string, Instant>
  orderRefusalWindowStart: number
  orderRefusalCount: number
  /** Agents and processes that stand still, by the names of their scopes; absent while there are none. */
  scopes?: Map<string, HaltedScope>
  /** When the latest halts of scopes that are over were asked for; absent until there was one. */
  lifted?: Map<string, Instant>
  /** Absent until halting was tried out. */
  drill?: LastDrill
  /** Keys that operators had before their present ones, which keyholders have no more; absent until there is one. */
  retiredKeys?: Set<string>
  /** Orders that wait for a second operator; absent until there is one. */
  proposals?: Map<Seq, Proposal>
  /** Whom payloads are about, beside agents that are about themselves; absent until there is somebody. */
  subjects?: Map<number, Subject>
  /** What the ledger is kept safe by; absent until that was recorded. */
  safeguards?: Safeguards
  /** Legal holds in force, by the seqs of their events; absent until there was one. */
  holds?: Map<Seq, Hold>
  /** Of a sovereign. */
  domains?: Map<string, RegisteredDomain>
  /** Of a member that has heard its sovereign. */
  standing?: Standing
}

/** The state before the first event. Which store the capabilities are in changes nothing but the time taken. */
export function initialState(capabilities: Capabilities = new CapabilityTable()): State {
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
    capabilities,
    calls: new CallTable(),
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
