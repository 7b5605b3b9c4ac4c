/**
 * The list of everything that can ever happen. Every change of kernel state is one of these events, and
 * the state is nothing but their fold. Kinds and their codes are never renumbered or reused; a body may
 * gain optional fields. Bodies hold no secrets and no argument or result bytes: those are payloads.
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
import type { BoundaryReport } from './boundary-report.ts'
import type { CapabilityBodies, EndedCalls } from './capability/event-bodies.ts'
import type { Caveats, Selector } from './capability/terms.ts'
import type { EffectClass } from './effect.ts'
import type { DriverManifest } from './manifest.ts'
import type { Payload } from './payload.ts'
import type { PrivacyBodies } from './privacy/event-bodies.ts'
import type { RecoveryBodies, Safeguards } from './recovery/event-bodies.ts'
import type { ProcessBodies } from './process/event-bodies.ts'
import type { HaltBodies, HaltEffect, HaltRequest } from './halt/event-bodies.ts'
import type { RefusalCode } from './refusal.ts'
import type { CanonBodies } from './canon/event-bodies.ts'
import type { CanonDocument } from './canon/document.ts'
import type { SovereignBodies } from './sovereign/event-bodies.ts'
import type { OperatorLevel } from './sovereign/level.ts'

/** Who caused an event. `id` is 0 for the kernel and the supervisor. */
export interface Actor {
  readonly kind: 'kernel' | 'process' | 'operator' | 'driver' | 'supervisor'
  readonly id: number
}

/** The capability an event was done under, and the root grant it descends from. */
export interface Authority {
  readonly capability: CapabilityId
  readonly root: CapabilityId
}

export type { Payload } from './payload.ts'
export type { OperatorLevel } from './sovereign/level.ts'

/** The signed order behind an event: the very bytes the operator signed, and the signature (both text). */
export interface SignedOrder {
  /** The RFC 8785 text of the order record. */
  readonly record: string
  /** Ed25519 signature over the UTF-8 bytes of `record`, base64url. */
  readonly signature: string
}

/** How a dispatched call ended. */
export type Outcome = 'done' | 'failed' | 'timed-out' | 'cancelled' | 'in-doubt'

/** What a kernel is for, in a home with several: one sovereign, and members that act on its statements. */
export type DomainRole = 'sovereign' | 'member'

/** A verdict of the policy tiers, recorded so that replay never judges again. */
export interface Verdict {
  readonly effect: 'allow' | 'deny' | 'ask'
  readonly version: string
  readonly reasons: readonly string[]
}

/** What every request for an effect says about itself, in refused, held and admitted events alike. */
export interface CallDescription {
  readonly process: ProcessId
  readonly object: ObjectId
  readonly selector: Selector
  readonly effect: EffectClass
  /** What it costs, as pinned; missing for nothing. */
  readonly cost?: number
  /** W3C trace context as the requester gave it: joins an agent's traces to the ledger. */
  readonly trace?: string
}

/** Event bodies by kind; those of one concern stand in an `event-bodies.ts` beside its code. */
export interface EventBodies
  extends
    ProcessBodies,
    SovereignBodies,
    CapabilityBodies,
    CanonBodies,
    HaltBodies,
    PrivacyBodies,
    RecoveryBodies {
  'domain.created': {
    readonly name: string
    readonly canonDigest: string
    readonly canonVersion: number
    readonly policyVersion: string
    readonly ledgerKey: string
    /** None for a kernel alone, which is both. */
    readonly role?: DomainRole
    /** Of a member: the Ed25519 public key that its sovereign's statements are signed with. */
    readonly sovereign?: string
    /** The founding canon, whose digest `canonDigest` is. Absent under the first edition. */
    readonly canon?: CanonDocument
    /** SHA-256 in hex of the manifest of the code that the domain began with, where one was made. */
    readonly codeDigest?: string
  }
  'kernel.booted': {
    readonly boot: number
    readonly code: string
    readonly policyVersion: string
    /** How the state is kept from here on. None: as it was, in the beginning without a sweep and digests. */
    readonly rules?: 2
    /** What the supervisor's probe found that programs can be held with. */
    readonly boundary?: BoundaryReport
    /** What the ledger is kept safe by. None: as it was. */
    readonly safeguards?: Safeguards
  }
  'operator.enrolled': {
    readonly operator: OperatorId
    readonly name: string
    readonly level: OperatorLevel
    /** Ed25519 public key, raw 32 bytes, base64url. */
    readonly publicKey: string
    /** Which domain a domain-sovereign governs. */
    readonly domain?: string
    /** Absent for the operator that a domain begins with. */
    readonly signed?: SignedOrder
  }
  'driver.added': {
    readonly driver: DriverId
    readonly name: string
    readonly manifest: DriverManifest
    /** The driver's own process, with the driver's id: what the driver may ask of its clients is held there. */
    readonly process?: ProcessId
    readonly signed: SignedOrder
  }
  /** Its manifest was replaced: new pins, or a new program. It has to attach anew. */
  'driver.updated': {
    readonly driver: DriverId
    readonly manifest: DriverManifest
    readonly signed: SignedOrder
  }
  'driver.removed': { readonly driver: DriverId; readonly signed: SignedOrder }
  'driver.attached': {
    readonly driver: DriverId
    readonly incarnation: number
    /** Pinned selectors whose definitions are not what was pinned, or are gone; refused until settled. */
    readonly quarantined: readonly Selector[]
    /** How its program is held, as its adapter says. */
    readonly boundary?: string
  }
  'driver.detached': { readonly driver: DriverId; readonly incarnation: number; readonly reason: string }
  'agent.added': {
    readonly agent: AgentId
    readonly process: ProcessId
    readonly name: string
    /** SHA-256 in hex of the attachment token. */
    readonly tokenDigest: string
    /** Whom its payloads are about; itself without it. */
    readonly subject?: number
    readonly signed: SignedOrder
  }
  'agent.removed': { readonly agent: AgentId; readonly process: ProcessId; readonly signed: SignedOrder }
  /** A process made a child of its own: nothing but an identity, until capabilities are derived to it. */
  'process.spawned': {
    readonly process: ProcessId
    readonly parent: ProcessId
    readonly name: string
    /** SHA-256 in hex of the child's attachment token. */
    readonly tokenDigest: string
    /** How the child's program is held, as whoever started it says. */
    readonly boundary: string
  }
  /** A child ended, as its parent says. What it held dies, as with a kill. */
  'process.ended': { readonly process: ProcessId; readonly reason: string }
  'process.killed': { readonly process: ProcessId; readonly reason: string; readonly signed: SignedOrder }
  'capability.granted': {
    readonly capability: CapabilityId
    readonly holder: ProcessId
    readonly handle: Handle
    readonly object: ObjectId
    readonly caveats: Caveats
    readonly signed: SignedOrder
  }
  'capability.derived': {
    readonly capability: CapabilityId
    readonly parent: CapabilityId
    readonly holder: ProcessId
    readonly handle: Handle
    readonly caveats: Caveats
  }
  'capability.revoked': EndedCalls & {
    readonly capability: CapabilityId
    readonly signed: SignedOrder | null
  }
  'syscall.refused': {
    readonly process: ProcessId
    /** The object asked for, or 0 when the request named none that exists. */
    readonly object: number
    readonly selector: Selector
    readonly code: RefusalCode
    readonly message: string
    readonly needed: string
    readonly verdict: Verdict | null
    readonly trace?: string
    /** The denied call whose decision this refusal delivers, or 0. */
    readonly collects: number
  }
  'call.held': CallDescription & {
    readonly call: CallId
    readonly capability: CapabilityId
    /** Capabilities of other origin that it takes a use of too. */
    readonly with?: readonly CapabilityId[]
    /** How many different operators must approve it, where more than one must. */
    readonly approvals?: number
    readonly demands: readonly string[]
    /** SHA-256 in hex of the canonical approval record: what an approving operator signs. */
    readonly approvalDigest: string
    readonly nonce: string
    readonly expiresAt: Instant
    readonly verdict: Verdict
  }
  'call.approved': {
    readonly call: CallId
    readonly capability: CapabilityId
    readonly operator: OperatorId
    readonly comment: string
    /** The salted digest of the operator's answer, which is the event's payload. */
    readonly answer?: string
    readonly signed: SignedOrder
  }
  'call.denied': {
    readonly call: CallId
    readonly operator: OperatorId
    readonly comment: string
    /** True when the requester was waiting and so has its answer; otherwise an identical retry collects it. */
    readonly collected: boolean
    readonly signed: SignedOrder
  }
  /** A held or approved call that nobody collected, or whose capability died while it waited. */
  'call.lapsed': { readonly call: CallId; readonly reason: 'expired' | 'revoked' | 'killed' | 'withdrawn' }
  /** The intent. Durable before anything is dispatched. */
  'call.admitted': CallDescription & {
    readonly call: CallId
    readonly capability: CapabilityId
    /** Of a call that was not held: capabilities of other origin that it takes a use of too. */
    readonly with?: readonly CapabilityId[]
    readonly deadline: Instant
    readonly verdict: Verdict
  }
  'call.settled': {
    readonly call: CallId
    readonly outcome: Outcome
    readonly reason: string
    /** True when the dispatch provably did not happen, so uses and rates are given back. */
    readonly released: boolean
  }
  'refusals.aggregated': {
    readonly process: ProcessId
    readonly since: Instant
    readonly counts: { readonly [code: string]: number }
  }
  'order.refused': {
    readonly operator: number
    readonly action: string
    readonly code: RefusalCode
    readonly message: string
  }
  'domain.halted': HaltRequest &
    HaltEffect & {
      /** Calls that had been admitted and not settled: each is settled in doubt by an event of its own. */
      readonly inFlight: readonly CallId[]
    }
  'domain.resumed': { readonly operator: OperatorId; readonly signed: SignedOrder }
}

/** The closed set of event kinds. */
export type EventKind = keyof EventBodies

/** What every event carries beside its body. `domain` is the ledger's; the digest is the encoded record's. */
export interface EventEnvelope {
  readonly seq: Seq
  readonly at: Instant
  readonly actor: Actor
  /** Seq of the event that led here, or 0. */
  readonly cause: number
  readonly authority: Authority | null
  readonly payload: Payload | null
}

/** One event, discriminated by `kind`. */
export type Event = {
  [K in EventKind]: EventEnvelope & { readonly kind: K; readonly body: EventBodies[K] }
}[EventKind]

/** An event of one known kind. */
export type EventOf<K extends EventKind> = Extract<Event, { readonly kind: K }>
