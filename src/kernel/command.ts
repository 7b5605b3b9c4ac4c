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
  OperatorId,
  ProcessId,
} from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import type { Caveats, Selector } from './capability/terms.ts'
import type { BoundaryReport } from './boundary-report.ts'
import type { Outcome, Payload, SignedOrder } from './event.ts'
import type { DriverManifest } from './manifest.ts'

/** What an operator orders. Each is the `command` member of a signed order record. */
export type OrderAction =
  | { readonly do: 'driver.add'; readonly name: string; readonly manifest: DriverManifest }
  | { readonly do: 'driver.update'; readonly driver: DriverId; readonly manifest: DriverManifest }
  | { readonly do: 'driver.remove'; readonly driver: DriverId }
  | { readonly do: 'agent.add'; readonly name: string; readonly tokenDigest: string }
  | { readonly do: 'agent.remove'; readonly agent: AgentId }
  | { readonly do: 'process.kill'; readonly process: ProcessId; readonly reason: string }
  | {
      readonly do: 'capability.grant'
      readonly holder: ProcessId
      readonly object: ObjectId
      readonly caveats: Caveats
    }
  | { readonly do: 'capability.revoke'; readonly capability: CapabilityId }
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

/** The canonical record an operator signs. Its RFC 8785 text is what the CLI displays and signs. */
export interface OrderRecord {
  readonly command: OrderAction
  readonly domain: string
  readonly operator: OperatorId
  /** 32 random hex characters; never accepted twice. */
  readonly nonce: string
  readonly policyVersion: string
  readonly canonVersion: number
  readonly time: Instant
}

/** An order as the kernel's process hands it to `decide`: parsed, with the verdict of its signature. */
export interface VerifiedOrder {
  readonly record: OrderRecord
  readonly signed: SignedOrder
  /** True when the signature verifies under the public key that the state holds for `record.operator`. */
  readonly signatureValid: boolean
}

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
      readonly operatorName: string
      readonly operatorKey: string
      readonly canonDigest: string
      readonly canonVersion: number
      readonly policyVersion: string
      readonly ledgerKey: string
    }
  | {
      readonly kind: 'kernel.boot'
      readonly code: string
      readonly policyVersion: string
      /** Present when the supervisor's halt file is there. */
      readonly halt: {
        readonly requestedAt: Instant
        readonly requestedBy: string
        readonly reason: string
        readonly trees?: number
        readonly survivors?: number
      } | null
      readonly boundary?: BoundaryReport
    }
  | {
      readonly kind: 'order'
      readonly order: VerifiedOrder
      /** What came beside the order: the answer whose salted digest it signs. */
      readonly answer?: Payload
      /** For `call.approve` and `call.deny`: the requester's connection is still there, waiting. */
      readonly waiting: boolean
      readonly undispatched: Undispatched
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
  /** Time passed: approvals lapse, deadlines fall due. */
  | { readonly kind: 'clock.tick' }
)

/** The closed set of command kinds. */
export type CommandKind = Command['kind']
