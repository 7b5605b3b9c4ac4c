/**
 * What operators may look at. Views are computed from the state; they are never events and never authority.
 * Long ones come in pages, ordered by id.
 */
import { toBase64url } from '../../base/base64url.ts'
import type { ObjectId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { Json } from '../../base/json.ts'
import { approvalRecord } from '../../kernel/approval/record.ts'
import { budgetLeft } from '../../kernel/capability/budget.ts'
import { usesLeft } from '../../kernel/capability/reserve.ts'
import { chainOf, whyDead } from '../../kernel/capability/tree.ts'
import { subjectOfCall } from '../../kernel/privacy/subject.ts'
import type { Call, State } from '../../kernel/state.ts'
import type { Core } from '../core.ts'
import { saltedDigest, saltOf } from '../salt.ts'
import { holdView, subjectView, subjectsOf } from './privacy-views.ts'
import { processView } from './process-view.ts'
import { domainView, numbered, operatorView, proposalView } from './sovereign-views.ts'
import type { Vault } from '../../ledger/port.ts'

/** What views are computed from. */
export interface ViewPorts {
  readonly core: Core
  readonly vault: Vault
  /** Live attachments of a process. */
  connectionsOf(process: number): number
  /** Argument bytes of a held call: from memory, or opened from the ledger after a restart. */
  argumentsOf(call: Call): Uint8Array | null
}

/** A page of a view: items after an id, and where the next page starts. */
export interface Page {
  readonly body: Json
  readonly next: number | null
}

const pageItems = 500
const pageBytes = 768 * 1024

/** Answers one query, or null when there is no such view. */
export function queryView(what: string, after: number, ports: ViewPorts): Page | null {
  const { state } = ports.core
  switch (what) {
    case 'status':
      return { body: status(ports.core), next: null }
    case 'operators':
      return page(state.operators, after, operatorView)
    case 'proposals':
      return page(state.proposals ?? [], after, (kept) => proposalView(state, kept))
    case 'domains':
      return page(numbered(state), after, domainView)
    case 'subjects':
      return page(subjectsOf(state), after, subjectView)
    case 'holds':
      return page(state.holds ?? [], after, (hold) => holdView(state, hold))
    case 'agents':
      return page(state.agents, after, (agent) => ({
        agent: agent.id,
        name: agent.name,
        ...processOf(ports, agent.process),
      }))
    case 'processes':
      return page(state.processes, after, (process) => processView(state, process))
    case 'drivers':
      return page(state.drivers, after, (driver) => ({
        driver: driver.id,
        name: driver.name,
        program: driver.program as unknown as Json,
        attached: driver.attached !== 0,
        incarnation: driver.lastIncarnation,
        selectors: [...driver.selectors.values()] as unknown as Json,
        quarantined: [...driver.quarantined],
      }))
    case 'capabilities':
      return page(state.capabilities, after, (capability) => capabilityView(ports.core, capability.id))
    case 'approvals':
      return page(state.calls, after, (call) => (call.stage === 'held' ? approvalView(ports, call) : null))
    case 'calls':
      return page(state.calls, after, (call) => ({
        call: call.id,
        stage: call.stage,
        process: call.process,
        object: call.object,
        objectName: nameOf(state, call.object),
        selector: call.selector,
        effect: call.effect,
        capability: call.capability,
        seq: call.lastSeq,
        dueAt: call.dueAt,
      }))
    default:
      return null
  }
}

function page<K extends number, T>(
  all: Iterable<readonly [K, T]>,
  after: number,
  view: (item: T) => Json | null,
): Page {
  const items: Json[] = []
  let bytes = 0
  let last = after
  for (const [key, item] of all) {
    if (key <= after) continue
    const shown = view(item)
    const size = shown === null ? 0 : Buffer.byteLength(JSON.stringify(shown))
    const isFull = items.length >= pageItems || (items.length > 0 && bytes + size > pageBytes)
    if (isFull) return { body: items, next: last }
    last = key
    if (shown === null) continue
    items.push(shown)
    bytes += size
  }
  return { body: items, next: null }
}

function status(core: Core): Json {
  const { state } = core
  const calls = [...state.calls.values()]
  return {
    domain: state.domain?.name ?? null,
    seq: state.seq,
    durable: core.durable,
    at: state.at,
    boot: state.boot,
    halted: state.halted === null ? null : { seq: state.halted.seq, reason: state.halted.reason },
    scopes: [...(state.scopes?.values() ?? [])].map(({ scope, seq, reason }) => ({ ...scope, seq, reason })),
    drill: state.drill === undefined ? null : { ...state.drill },
    canonVersion: state.domain?.canonVersion ?? null,
    canonDigest: state.domain?.canonDigest ?? null,
    policyVersion: state.domain?.policyVersion ?? null,
    agents: state.agents.size,
    drivers: state.drivers.size,
    capabilities: state.capabilities.size,
    held: calls.filter((call) => call.stage === 'held').length,
    inFlight: calls.filter((call) => call.stage === 'admitted').length,
    room: core.room,
  }
}

function processOf(ports: ViewPorts, processId: ObjectId): { readonly [name: string]: Json } {
  const process = ports.core.state.processes.get(id(processId))
  return {
    process: processId,
    killed: process?.killed ?? true,
    connections: ports.connectionsOf(processId),
    capabilities: process?.handles.size ?? 0,
    inFlight: process?.inFlight ?? 0,
    held: process?.held ?? 0,
  }
}

function capabilityView(core: Core, capability: number): Json {
  const { state } = core
  const chain = chainOf(state, id(capability))
  const leaf = chain[0]
  if (leaf === undefined) return null
  const dead = whyDead(state, chain, core.now())
  const left = Math.min(...chain.map(usesLeft))
  const budget = budgetLeft(state, chain)
  return {
    capability: leaf.id,
    parent: leaf.parent,
    root: leaf.root,
    depth: leaf.depth,
    holder: leaf.holder,
    handle: leaf.handle,
    object: leaf.object,
    objectName: nameOf(state, leaf.object),
    caveats: leaf.caveats as unknown as Json,
    grantedBy: leaf.grantedBy,
    since: leaf.since,
    spent: leaf.spent,
    reserved: leaf.reserved,
    usesLeft: Number.isFinite(left) ? left : null,
    budgetLeft: Number.isFinite(budget) ? budget : null,
    live: dead === null,
    why: dead?.message ?? null,
  }
}

function approvalView(ports: ViewPorts, call: Call): Json {
  const { core, vault } = ports
  const { state } = core
  const bytes = ports.argumentsOf(call)
  const chain = chainOf(state, call.capability).map((level) => level.id)
  const subject = subjectOfCall(state, call)
  const shown = {
    call: call.id,
    seq: call.payloadSeq,
    process: call.process,
    agent: nameOf(state, call.process),
    object: call.object,
    objectName: nameOf(state, call.object),
    selector: call.selector,
    effect: call.effect,
    capability: call.capability,
    chain,
    demands: call.demands,
    approvals: call.approvals ?? 1,
    approvedBy: call.approvedBy ?? [],
    requestedAt: call.reservedAt,
    expiresAt: call.dueAt,
    digest: call.approvalDigest,
  }
  if (bytes === null) return { ...shown, arguments: null, salt: null, approvalRecord: null }
  return {
    ...shown,
    arguments: toBase64url(bytes),
    salt: saltOf(vault, call.nonce, subject),
    approvalRecord: approvalRecord(state, {
      approvals: call.approvals ?? 1,
      ...(call.cost === undefined ? {} : { cost: call.cost }),
      ...(call.with === undefined ? {} : { with: call.with }),
      call: call.id,
      process: call.process,
      object: call.object,
      selector: call.selector,
      effect: call.effect,
      saltedArguments: saltedDigest(vault, call.nonce, bytes, subject),
      chain,
      expiresAt: call.dueAt,
      nonce: call.nonce,
    }),
  }
}

function nameOf(state: State, object: ObjectId): string | null {
  const driver = state.drivers.get(id(object))
  if (driver !== undefined) return driver.name
  const process = state.processes.get(id(object))
  return process === undefined ? null : (state.agents.get(id(process.agent))?.name ?? null)
}
