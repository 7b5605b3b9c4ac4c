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
import type { Caveats, Selector } from './capability/terms.ts'
import type { EffectClass } from './effect.ts'
import type { DriverManifest } from './manifest.ts'
import type { RefusalCode } from './refusal.ts'

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

/**
 * Argument or result bytes that belong to an event. The ledger stores them sealed; the event carries only
 * the keyed commitment (HMAC-SHA-256 in hex), so destroying the key erases them without breaking the chain.
 * `bytes` is null when folding a ledger whose payloads were not opened; the fold never needs them.
 */
export interface Payload {
  readonly commitment: string
  readonly length: number
  readonly bytes: Uint8Array | null
}

/** The signed order behind an event: the very bytes the operator signed, and the signature (both text). */
export interface SignedOrder {
  /** The RFC 8785 text of the order record. */
  readonly record: string
  /** Ed25519 signature over the UTF-8 bytes of `record`, base64url. */
  readonly signature: string
}

/** How a dispatched call ended. */
export type Outcome = 'done' | 'failed' | 'timed-out' | 'cancelled' | 'in-doubt'

/** Every level an operator can have. */
export type OperatorLevel = 'sovereign'

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
  /** W3C trace context as the requester gave it: joins an agent's traces to the ledger. */
  readonly trace?: string
}

/** Event bodies by kind. */
export interface EventBodies {
  'domain.created': {
    readonly name: string
    readonly canonDigest: string
    readonly canonVersion: number
    readonly policyVersion: string
    readonly ledgerKey: string
  }
  'kernel.booted': {
    readonly boot: number
    readonly code: string
    readonly policyVersion: string
    /** What the supervisor's probe found that programs can be held with. */
    readonly boundary?: BoundaryReport
  }
  'operator.enrolled': {
    readonly operator: OperatorId
    readonly name: string
    readonly level: OperatorLevel
    /** Ed25519 public key, raw 32 bytes, base64url. */
    readonly publicKey: string
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
  'capability.revoked': {
    readonly capability: CapabilityId
    /** Held or in-flight calls that this revocation ended, each of which has an event of its own. */
    readonly cut: readonly CallId[]
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
  'domain.halted': {
    readonly requestedAt: Instant
    readonly requestedBy: string
    readonly reason: string
    /** Calls that had been admitted and not settled: each is settled in doubt by an event of its own. */
    readonly inFlight: readonly CallId[]
    /** How many process trees the supervisor killed, and how many of them it had not seen the end of yet. */
    readonly trees?: number
    readonly survivors?: number
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

/** The number that stands for each kind in the ledger. Append only; a number is never given twice. */
export const eventCodes: { readonly [K in EventKind]: number } = {
  'domain.created': 1,
  'kernel.booted': 2,
  'operator.enrolled': 3,
  'driver.added': 4,
  'driver.removed': 5,
  'driver.attached': 6,
  'driver.detached': 7,
  'agent.added': 8,
  'agent.removed': 9,
  'process.killed': 10,
  'capability.granted': 11,
  'capability.derived': 12,
  'capability.revoked': 13,
  'syscall.refused': 14,
  'call.held': 15,
  'call.approved': 16,
  'call.denied': 17,
  'call.lapsed': 18,
  'call.admitted': 19,
  'call.settled': 20,
  'refusals.aggregated': 21,
  'order.refused': 22,
  'domain.halted': 23,
  'domain.resumed': 24,
  'driver.updated': 25,
  'process.spawned': 26,
  'process.ended': 27,
}
