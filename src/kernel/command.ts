/**
 * Everything the kernel can be asked to decide. Time, entropy and the verdicts of signature checks arrive
 * inside the command; `decide` has no other source of them. The set is closed and fixed at compile time.
 */
import type {
  AgentId,
  CallId,
  CapabilityId,
  DriverId,
  Handle,
  Instant,
  ObjectId,
  ProcessId,
  Seq,
} from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import type { CanonAction } from './canon/action.ts'
import type { CanonDocument } from './canon/document.ts'
import type { Caveats, Selector } from './capability/terms.ts'
import type { BoundaryReport } from './boundary-report.ts'
import type { DomainRole, Outcome, Payload } from './event.ts'
import type { DriverManifest } from './manifest.ts'
import type { PrivacyAction } from './privacy/action.ts'
import type { Reading } from './privacy/event-bodies.ts'
import type { Recovery, Safeguards } from './recovery/event-bodies.ts'
import type { ProcessAction } from './process/action.ts'
import type { HaltAction } from './halt/action.ts'
import type { HaltEffect, HaltRequest, HaltScope } from './halt/event-bodies.ts'
import type { SovereignAction } from './sovereign/action.ts'
import type { VerifiedOrder } from './sovereign/order-record.ts'
import type { Statement } from './sovereign/statement.ts'

/** What an operator orders. Each is the `command` member of a signed order record. */
export type OrderAction =
  | { readonly do: 'driver.add'; readonly name: string; readonly manifest: DriverManifest }
  | { readonly do: 'driver.update'; readonly driver: DriverId; readonly manifest: DriverManifest }
  | { readonly do: 'driver.remove'; readonly driver: DriverId }
  | {
      readonly do: 'agent.add'
      readonly name: string
      readonly tokenDigest: string
      /** Whom its payloads are about; itself without it. */
      readonly subject?: number
    }
  | { readonly do: 'agent.remove'; readonly agent: AgentId }
  | { readonly do: 'process.kill'; readonly process: ProcessId; readonly reason: string }
  | {
      readonly do: 'capability.grant'
      readonly holder: ProcessId
      readonly object: ObjectId
      readonly caveats: Caveats
    }
  | { readonly do: 'capability.revoke'; readonly capability: CapabilityId }
  | { readonly do: 'capability.narrow'; readonly capability: CapabilityId; readonly caveats: Caveats }
  | {
      readonly do: 'call.approve'
      readonly call: CallId
      readonly digest: string
      readonly comment: string
      /**
       * SHA-256 in hex of the call's salt followed by the operator's answer, where the call asks a person for
       * something. The answer itself travels beside the order and is sealed, like any payload.
       */
      readonly answer?: string
    }
  | { readonly do: 'call.deny'; readonly call: CallId; readonly digest: string; readonly comment: string }
  | { readonly do: 'domain.resume' }
  | CanonAction
  | HaltAction
  | PrivacyAction
  | ProcessAction
  | SovereignAction

export type { OrderRecord, VerifiedOrder } from './sovereign/order-record.ts'

/** An order of some kinds. */
export type ActionOf<Do extends OrderAction['do']> = Extract<OrderAction, { do: Do }>

/**
 * Calls that were admitted but whose dispatch frame provably never left the kernel's process. Commands that
 * can end calls carry it, so that such a call gives its uses back.
 */
export type Undispatched = ReadonlySet<CallId>

/** How a process names the capability it wants used: by handle, or by object and selector alone. */
export type Designation = { readonly handle: Handle } | { readonly object: ObjectId }

/** Commands. `at` is ledger time: never earlier than the last event's. */
export type Command = { readonly at: Instant } & (
  | {
      readonly kind: 'domain.create'
      readonly name: string
      /** A member begins with no operator: its sovereign's first statement names them. */
      readonly operatorName?: string
      readonly operatorKey?: string
      readonly role?: DomainRole
      /** Of a member: its sovereign's ledger key. */
      readonly sovereign?: string
      /** Of a sovereign: the members it begins with. */
      readonly domains?: readonly string[]
      readonly canonDigest: string
      readonly canonVersion: number
      readonly policyVersion: string
      readonly ledgerKey: string
      readonly canon?: CanonDocument
      readonly codeDigest?: string
    }
  | {
      readonly kind: 'kernel.boot'
      readonly code: string
      readonly policyVersion: string
      /** Present when the supervisor's halt file is there. */
      readonly halt: (HaltRequest & HaltEffect) | null
      /** Halts of agents and processes whose files are there. */
      readonly halts?: readonly (HaltRequest & HaltEffect & { readonly scope: HaltScope })[]
      readonly boundary?: BoundaryReport
      readonly safeguards?: Safeguards
    }
  | {
      readonly kind: 'order'
      readonly order: VerifiedOrder
      /** Of an amendment of the canon: whether each of its signatures verifies, in their order. */
      readonly endorsed?: readonly boolean[]
      /** What came beside the order: the answer whose salted digest it signs. */
      readonly answer?: Payload
      /** For `call.approve` and `call.deny`: the requester's connection is still there, waiting. */
      readonly waiting: boolean
      readonly undispatched: Undispatched
      /** For `capability.narrow`: arguments of the calls under way. Those of a call that is missing fit nothing. */
      readonly arguments?: ReadonlyMap<CallId, JsonObject>
    }
  | {
      readonly kind: 'driver.attach'
      readonly driver: DriverId
      /** Digest per selector of what the driver offers now. */
      readonly definitions: ReadonlyMap<Selector, string>
      readonly boundary?: string
    }
  | {
      readonly kind: 'driver.detach'
      readonly driver: DriverId
      readonly incarnation: number
      readonly reason: string
      readonly undispatched: Undispatched
    }
  | {
      readonly kind: 'call.request'
      readonly process: ProcessId
      readonly designation: Designation
      readonly selector: Selector
      readonly arguments: JsonObject
      readonly payload: Payload
      /** 32 random hex characters, used if the call is held. */
      readonly nonce: string
      /**
       * SHA-256 in hex of the salt for `nonce` followed by the argument bytes: what an approval shows. A
       * pure function of the command, computed only when the call is held.
       */
      readonly saltedDigest: () => string
      /** The call in whose course a driver asks something of its client. */
      readonly within?: CallId
      /** How long its answer is of use. */
      readonly deadlineMs?: number
      readonly trace?: string
    }
  /** The requester gave up. A held call stays for an identical retry; an admitted one is cancelled. */
  | { readonly kind: 'call.cancel'; readonly call: CallId; readonly dispatched: boolean }
  /** Re-check immediately before dispatch; settles the call as cancelled when its authority died. */
  | { readonly kind: 'call.recheck'; readonly call: CallId }
  | {
      readonly kind: 'call.settle'
      readonly call: CallId
      readonly outcome: Outcome
      readonly reason: string
      readonly released: boolean
      readonly payload: Payload | null
    }
  | {
      readonly kind: 'capability.derive'
      readonly process: ProcessId
      readonly handle: Handle
      /** Who shall hold it. Another process only through a capability with `capability/receive` on it. */
      readonly holder: ProcessId
      readonly caveats: Caveats
    }
  /** A process puts what it holds into the hands of one that it may give to. */
  | {
      readonly kind: 'capability.move'
      readonly process: ProcessId
      readonly handle: Handle
      readonly holder: ProcessId
      readonly undispatched: Undispatched
    }
  /** A process makes a child, which holds nothing. */
  | {
      readonly kind: 'process.spawn'
      readonly process: ProcessId
      readonly name: string
      readonly tokenDigest: string
      readonly boundary: string
    }
  /** A process says that a child of its own has ended. */
  | {
      readonly kind: 'process.end'
      readonly process: ProcessId
      readonly child: ProcessId
      readonly reason: string
      readonly undispatched: Undispatched
    }
  /** A process revokes something derived from what it holds, or drops what it holds. */
  | {
      readonly kind: 'capability.revoke'
      readonly process: ProcessId
      readonly capability: CapabilityId
      readonly undispatched: Undispatched
    }
  /** A refusal decided before the kernel could parse the request (bad bytes, unknown names). */
  | {
      readonly kind: 'syscall.refuse'
      readonly process: ProcessId
      readonly selector: Selector
      readonly code: 'bad-arguments' | 'bad-request' | 'not-found' | 'ledger-unavailable' | 'limit'
      readonly message: string
      readonly needed: string
    }
  | {
      readonly kind: 'refusals.flush'
      readonly process: ProcessId
      readonly since: Instant
      readonly counts: { readonly [code: string]: number }
    }
  /**
   * A sovereign says what has changed for its domains, or renews what has been said for long. Never both at once:
   * a change elsewhere must not show in when a domain is told something.
   */
  | { readonly kind: 'statement.issue'; readonly because: 'change' | 'time' }
  /** A member hears its sovereign. */
  | {
      readonly kind: 'statement.accept'
      readonly text: string
      readonly signature: string
      /** The parsed text; null when it is not exactly a statement. */
      readonly statement: Statement | null
      /** The canon that the statement names, where its text is at hand. */
      readonly canon?: CanonDocument
      /** True when the signature verifies under the sovereign's key, which the domain was made with. */
      readonly signatureValid: boolean
    }
  /** A sovereign hears what one of its domains acts on. */
  | {
      readonly kind: 'domain.acknowledge'
      readonly name: string
      readonly statement: number
      readonly canonVersion: number
      readonly canonDigest: string
      readonly ledgerKey: string
    }
  /** A process wants to be told in so many milliseconds. */
  | {
      readonly kind: 'timer.set'
      readonly process: ProcessId
      readonly delayMs: number
      readonly note: string
    }
  /** A process wants a timer of its own no more, or has heard that it fired. */
  | { readonly kind: 'timer.cancel'; readonly process: ProcessId; readonly timer: Seq }
  /** The supervisor halted a scope, or says what that did. */
  | (HaltRequest &
      HaltEffect & {
        readonly kind: 'scope.halt'
        readonly scope: HaltScope
        readonly isReport: boolean
        readonly undispatched: Undispatched
      })
  /** Halting was tried out; `scope` null stands for the whole domain. */
  | (HaltEffect & {
      readonly kind: 'drill.record'
      readonly scope: HaltScope | null
      readonly requestedBy: string
      readonly problems: readonly string[]
    })
  /** Somebody is about to read payloads, or did while nothing ran. */
  | (Reading & { readonly kind: 'payload.read' })
  /** What opening the ledger put right. */
  | (Omit<Recovery, 'more'> & { readonly kind: 'ledger.recover' })
  /** What the ledger is kept safe by. */
  | (Safeguards & { readonly kind: 'ledger.guard' })
  /** The keys of an erased subject are gone. */
  | { readonly kind: 'erasure.complete'; readonly subject: number }
  /** Time passed: approvals lapse, deadlines fall due, timers fire. */
  | { readonly kind: 'clock.tick'; readonly undispatched?: Undispatched }
)

/** The closed set of command kinds. */
export type CommandKind = Command['kind']
