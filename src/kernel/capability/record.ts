/**
 * A capability as the kernel keeps it, and what can be done with the store of all of them. The kernel has one
 * store (`CapabilityTable`); that its behaviour is all there is to it is shown by running the same histories on
 * a plain one, so nothing outside may depend on how records are kept.
 */
import type { CapabilityId, Handle, Instant, ObjectId, OperatorId, ProcessId, Seq } from '../../base/ids.ts'
import type { Caveats } from './terms.ts'

/** A node of the derivation tree: a copy, as it was when asked for. Caveats are this level's only. */
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
  /** The operator who granted the root. */
  readonly grantedBy: OperatorId
  readonly since: Seq
  /** True while its holder's table has the handle. */
  readonly held: boolean
  readonly revoked: boolean
  /** Nodes derived from it and still in the tree. */
  readonly children: number
  readonly spent: number
  readonly reserved: number
  readonly windowStart: number
  readonly windowCount: number
}

/** What a use is judged by of one level of a chain. What the level counts is asked of the tree. */
export type Term = Pick<Capability, 'id' | 'root' | 'caveats'>

/** What is asked about a capability that is not in the tree is a fault, except of `has` and `get`. */
export interface Capabilities extends Iterable<readonly [CapabilityId, Capability]> {
  /** How many there are. */
  readonly size: number
  /** Ids in the order of creation, from `first` to `last`; ones may be taken out on the way. */
  keys(first?: number, last?: number): Generator<CapabilityId>
  /** Copies in the order of creation. */
  values(): Generator<Capability>
  has(capability: CapabilityId): boolean
  get(capability: CapabilityId): Capability | undefined

  parentOf(capability: CapabilityId): CapabilityId | 0
  rootOf(capability: CapabilityId): CapabilityId
  objectOf(capability: CapabilityId): ObjectId
  holderOf(capability: CapabilityId): ProcessId
  handleOf(capability: CapabilityId): Handle | 0
  /** The nearest one above that has caveats of its own, or 0. */
  termedAbove(capability: CapabilityId): CapabilityId | 0
  caveatsOf(capability: CapabilityId): Caveats
  /** The capability, and above it only what has caveats: all that a use of it is judged by. */
  termsOf(capability: CapabilityId): readonly Term[]
  isRevoked(capability: CapabilityId): boolean
  /** True while its holder's table has the handle. */
  isHeld(capability: CapabilityId): boolean
  /** True while something in the tree or in flight needs it: a child or a reservation. */
  isNeeded(capability: CapabilityId): boolean
  /** Uses spent or reserved. */
  takenOf(capability: CapabilityId): number
  /** The window in which its rate is counted, if a use ever opened one. */
  windowOf(capability: CapabilityId): Window | undefined
  /** Digests of all runs of 64 ids that are not empty, in order. */
  digests(): readonly string[]

  // What follows changes the state: only `evolve` calls it.
  /** Adds one, whose id is greater than all there were, and counts it as a child of its parent. */
  add(capability: Capability): void
  /** Takes one out that nothing needs. */
  remove(capability: CapabilityId): void
  revoke(capability: CapabilityId): void
  /** Its holder's table has the handle no more. */
  drop(capability: CapabilityId): void
  /** Gives it to another holder, under a handle of that holder's table. */
  move(capability: CapabilityId, holder: ProcessId, handle: Handle): void
  /** Puts other caveats in the place of its own. */
  narrow(capability: CapabilityId, caveats: Caveats): void
  /** Adds to what it counts; both may be negative. */
  count(capability: CapabilityId, reserved: number, spent: number): void
  setWindow(capability: CapabilityId, window: Window): void

  // A memo that decides nothing: without it every answer is the same, and takes a walk to the root.
  /** True when an earlier walk found it live, nothing changed since, and no level has expired at `at`. */
  isKnownLive(capability: CapabilityId, at: Instant): boolean
  /** A walk to the root found it live. */
  noteLive(capability: CapabilityId): void
  /** Something outside the tree changed that liveness depends on: a holder was killed. */
  forgetLive(): void
}

/** A window of a rate: when its first use was, and how many there were. */
export interface Window {
  readonly start: number
  readonly count: number
}
