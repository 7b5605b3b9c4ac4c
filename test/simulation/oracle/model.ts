/**
 * The world as the oracles see it: an independent fold of the durable events, plain and slow, that keeps what
 * the kernel forgets. Nothing here knows how the kernel stores or decides anything.
 */
import type { Caveats } from '../../../src/kernel/capability/terms.ts'
import type { Event, Outcome } from '../../../src/kernel/event.ts'
import type { ModelHalt } from './standing-still.ts'
import type { PinnedSelector } from '../../../src/kernel/manifest.ts'
import type { Charter } from './fold-canon.ts'
import { emptyCharter } from './fold-canon.ts'
import type { Realm } from './fold-sovereign.ts'
import { emptyRealm } from './fold-sovereign.ts'

/** A capability that was ever made; dead ones stay. */
export interface Node {
  readonly id: number
  readonly parent: Node | null
  holder: number
  /** Everybody who ever held it. */
  readonly holders: Set<number>
  /** 0 for an approval. */
  handle: number
  readonly object: number
  readonly caveats: Caveats
  /** What was added to it in place, later. */
  readonly added: Terms[]
  /** Who granted the root. */
  readonly origin: number
  /** Its budget, or null. */
  amount: number | null
  /** The level that its budget was taken from when it got one, or null: one that is set later is another’s. */
  lender: Node | null
  /** What calls cost that it pays for itself, those given back left out. */
  charged: number
  /** Commitment to the only arguments an approval is good for. */
  readonly commitment: string | null
  revoked: boolean
  /** Uses taken at this level and not given back. */
  taken: number
  /** Instants of the uses taken and not given back. */
  readonly uses: number[]
}

/** Terms of one level, with what had been used, and when they began to hold. */
export interface Terms {
  readonly caveats: Caveats
  readonly takenBefore: number
  readonly since: number
}

/** A process that was ever made. */
export interface ModelProcess {
  readonly id: number
  readonly handles: Map<number, Node>
  lastHandle: number
  killed: boolean
  /** The process that spawned it, or 0. */
  readonly parent: number
  /** By an operator's order; its descendants are frozen with it. */
  frozen: boolean
  /** Weight and priority, as text; empty while nobody weighed it. */
  share: string
  /** By the seq of the event that set them. */
  readonly timers: Map<number, { readonly dueAt: number; hasFired: boolean }>
}

/** A driver that is registered. */
export interface ModelDriver {
  readonly id: number
  selectors: ReadonlyMap<string, PinnedSelector>
  /** What its program may be told that clients can do. */
  declared: ReadonlySet<string>
  /** Incarnation, or 0. */
  attached: number
  quarantined: ReadonlySet<string>
}

/** A call that was ever held or admitted. */
export interface ModelCall {
  readonly id: number
  readonly process: number
  readonly object: number
  readonly selector: string
  readonly commitment: string
  readonly approvalDigest: string
  readonly reservedAt: number
  /** The call in whose course a driver asked it, or 0. */
  readonly within: number
  /** When a held call, and its approval with it, lapses. */
  readonly dueAt: number
  /** When an admitted call times out; 0 before. */
  deadline: number
  /** Roots that a driver's capabilities named, and the last capability there was, when it asked for them. */
  rootsThen: ReadonlySet<string>
  lastNodeThen: number
  /** What an operator answered to a call that asked a person, as JSON text. */
  operatorSaid: string | null
  node: Node
  /** Capabilities of other origin that it took a use of. */
  readonly joined: readonly Node[]
  readonly cost: number
  readonly payer: Node | null
  /** Operators who approved it so far. */
  readonly approvedBy: Set<number>
  stage: 'held' | 'approved' | 'denied' | 'admitted' | 'over'
  admittedSeq: number
  outcome: Outcome | null
  released: boolean
}

/** Everything the durable events say. */
export interface Model {
  readonly events: Event[]
  operators: Map<number, string>
  readonly drivers: Map<number, ModelDriver>
  readonly agents: Map<number, { readonly process: number; readonly name: string }>
  readonly processes: Map<number, ModelProcess>
  readonly nodes: Map<number, Node>
  readonly calls: Map<number, ModelCall>
  /** Calls that are not over, in order. */
  readonly active: Map<number, ModelCall>
  readonly nonces: Set<string>
  lastObject: number
  boots: number
  halted: boolean
  /** Agents and processes that stand still, by the names of their scopes. */
  readonly halts: Map<string, ModelHalt>
  /** Calls that the last event ended or killed the ground under, and that must be ended before anything else. */
  condemned: Set<number>
  /** Questions whose call is over: nothing else may happen before they are. */
  orphans: Set<number>
  /** Operators, proposals, domains and statements. */
  readonly realm: Realm
  charter: Charter
}

/** Before the first event. */
export function emptyModel(): Model {
  return {
    events: [],
    operators: new Map(),
    drivers: new Map(),
    agents: new Map(),
    processes: new Map(),
    nodes: new Map(),
    calls: new Map(),
    active: new Map(),
    nonces: new Set(),
    lastObject: 0,
    boots: 0,
    halted: false,
    halts: new Map(),
    condemned: new Set(),
    orphans: new Set(),
    realm: emptyRealm(),
    charter: emptyCharter(),
  }
}

/** A process without anything. */
export function newcomer(process: number, parent = 0): ModelProcess {
  return {
    id: process,
    handles: new Map(),
    lastHandle: 0,
    killed: false,
    parent,
    frozen: false,
    share: '',
    timers: new Map(),
  }
}

/** The node and everything above it. */
export function lineage(node: Node): readonly Node[] {
  const line: Node[] = []
  for (let at: Node | null = node; at !== null; at = at.parent) line.push(at)
  return line
}

/** Everything that one level asks: as it was made, and as it was narrowed. */
export function termsOf({ caveats, added }: Node): readonly Terms[] {
  return [{ caveats, takenBefore: 0, since: 0 }, ...added]
}

/** Everything that is asked of a use of the node. */
export function allTerms(node: Node): readonly Caveats[] {
  return lineage(node).flatMap((level) => termsOf(level).map(({ caveats }) => caveats))
}

/** Every level that a call stands on. */
export function groundOf({ node, joined }: Pick<ModelCall, 'node' | 'joined'>): readonly Node[] {
  return [node, ...joined].flatMap(lineage)
}

/** Why nothing may be done under the node at that instant, or null. Uses and rates are separate. */
export function death(model: Model, node: Node, at: number): 'revoked' | 'killed' | 'expired' | null {
  for (const level of lineage(node)) {
    if (level.revoked) return 'revoked'
    if (model.processes.get(level.holder)?.killed !== false) return 'killed'
    if (termsOf(level).some(({ caveats }) => (caveats.expiresAt ?? Infinity) <= at)) return 'expired'
  }
  return null
}

/** True when every level that lists selectors lists this one, and some level does. */
export function grants(node: Node, selector: string): boolean {
  const lists = allTerms(node).flatMap(({ selectors }) => (selectors === undefined ? [] : [selectors]))
  return lists.length > 0 && lists.every((list) => list.includes(selector))
}

/** The fewest uses that some level has left. */
export function usesLeft(node: Node): number {
  return Math.min(...lineage(node).map(usesLeftAt))
}

/** The uses that one level has left. */
export function usesLeftAt(node: Node): number {
  const limits = termsOf(node).map(({ caveats, takenBefore }) => (caveats.uses ?? Infinity) + takenBefore)
  return Math.min(...limits) - node.taken
}
