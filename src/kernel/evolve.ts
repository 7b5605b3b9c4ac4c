/**
 * `evolve(state, event)`: the only writer of the state. It applies what was decided and judges nothing, so
 * folding the ledger from the first event always gives the same state, whatever code decides today.
 */
import { found, invariant } from '../base/fault.ts'
import type { CallId, OperatorId, ProcessId } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import { applyCanon, applyCode } from './canon/apply-canon.ts'
import { applyMoved, applyNarrowed, closeAccounts } from './capability/apply-change.ts'
import { bury, childOf, fresh, plant } from './capability/plant.ts'
import { capabilityOf } from './capability/tree.ts'
import { sweepOn } from './capability/sweep.ts'
import type { Event, EventKind, EventOf } from './event.ts'
import { applyAdmitted, applySettled, callAppliers, forget } from './gate/apply-call.ts'
import { haltAppliers, lift } from './halt/apply-halt.ts'
import { limits } from './limits.ts'
import { privacyAppliers } from './privacy/evolve-privacy.ts'
import { addProcess, applyAgentAdded, applySpawned, processOf } from './process/evolve-process.ts'
import { familyOf } from './process/family.ts'
import { applyTimer } from './process/timer.ts'
import { recoveryAppliers } from './recovery/apply-recovery.ts'
import { sovereignAppliers } from './sovereign/evolve-sovereign.ts'
import { noteOrder } from './sovereign/note-order.ts'
import type { Driver, State } from './state.ts'

/** How one kind of event changes the state. `by` is who ordered it, or 0. */
export type Applier<K extends EventKind> = (state: State, event: EventOf<K>, by: OperatorId | 0) => void

/** One applier for each of some kinds. */
export type Appliers<Kinds extends EventKind> = { readonly [K in Kinds]: Applier<K> }

const appliers: Appliers<EventKind> = Object.freeze({
  'domain.created': (state, { body }) => {
    state.domain = { ...body }
  },
  'kernel.booted': applyBoot,
  'canon.amended': applyCanon,
  'canon.acknowledged': applyCanon,
  'code.accepted': applyCode,
  'driver.added': applyDriverAdded,
  'driver.updated': applyDriverUpdated,
  'driver.removed': applyDriverRemoved,
  'driver.attached': applyAttached,
  'driver.detached': (state, { body }) => {
    driverOf(state, body.driver).attached = 0
  },
  'agent.added': applyAgentAdded,
  'agent.removed': applyAgentRemoved,
  'process.killed': (state, { body }) => applyKill(state, body.process),
  'process.spawned': counted(applySpawned),
  'process.ended': counted((state, { body }) => applyKill(state, body.process)),
  'process.frozen': (state, { seq, body }) => {
    processOf(state, body.process).frozen = seq
  },
  'process.thawed': (state, { body }) => {
    delete processOf(state, body.process).frozen
  },
  'process.weighed': (state, { body }) => {
    processOf(state, body.process).share = { weight: body.weight, priority: body.priority }
  },
  'timer.set': counted(applyTimer),
  'timer.fired': applyTimer,
  'timer.cancelled': counted(applyTimer),
  'capability.granted': applyGranted,
  'capability.derived': counted(applyDerived),
  'capability.moved': counted(applyMoved),
  'capability.narrowed': applyNarrowed,
  'capability.revoked': applyRevoked,
  'syscall.refused': applyRefused,
  'refusals.aggregated': () => {},
  'order.refused': applyOrderRefused,
  ...callAppliers,
  ...haltAppliers,
  ...privacyAppliers,
  ...recoveryAppliers,
  ...sovereignAppliers,
})

/** Applies one event in place. Faults if it does not continue the sequence or contradicts the state. */
export function evolve(state: State, event: Event): void {
  const { seq, at } = event
  invariant(seq === state.seq + 1, 'an event continues the sequence')
  invariant(at >= state.at, 'ledger time never runs backwards')
  // Nearly every event is one of these two, which carry no order.
  if (event.kind === 'call.admitted') applyAdmitted(state, event)
  else if (event.kind === 'call.settled') applySettled(state, event)
  else applyOther(state, event)
  if (state.sweep !== undefined) sweepOn(state)
  state.seq = seq
  state.at = at
}

function applyOther(state: State, event: Event): void {
  const apply = found(appliers[event.kind], 'an event is of a known kind') as Applier<EventKind>
  apply(state, event, noteOrder(state, event))
}

function applyBoot(state: State, { body }: EventOf<'kernel.booted'>): void {
  state.boot = body.boot
  invariant(body.rules === undefined || body.rules === 2, 'a ledger of a later version')
  if (body.rules !== undefined) state.rules = body.rules
  if (body.safeguards !== undefined) state.safeguards = body.safeguards
  found(state.domain, 'a domain boots').policyVersion = body.policyVersion
  for (const driver of state.drivers.values()) driver.attached = 0
}

function applyDriverAdded(state: State, event: EventOf<'driver.added'>): void {
  const { driver, name, manifest } = event.body
  state.drivers.set(driver, {
    id: driver,
    name,
    program: manifest.program,
    selectors: new Map(manifest.selectors.map((pinned) => [pinned.selector, pinned])),
    attached: 0,
    lastIncarnation: 0,
    quarantined: new Set(),
  })
  if (event.body.process !== undefined) addProcess(state, event.body.process, 0)
  state.nextObject = driver + 1
}

/** What an older attachment offered was judged by other pins: it counts for nothing until the next one. */
function applyDriverUpdated(state: State, { body }: EventOf<'driver.updated'>): void {
  const { manifest } = body
  const driver = driverOf(state, body.driver)
  driver.program = manifest.program
  driver.selectors = new Map(manifest.selectors.map((pinned) => [pinned.selector, pinned]))
  driver.quarantined = new Set(driver.selectors.keys())
}

function applyDriverRemoved(state: State, { body }: EventOf<'driver.removed'>): void {
  const process = id<ProcessId>(body.driver)
  if (state.processes.has(process)) applyKill(state, process)
  state.drivers.delete(body.driver)
  lift(state, { process })
}

function applyAttached(state: State, { body }: EventOf<'driver.attached'>): void {
  const driver = driverOf(state, body.driver)
  driver.attached = body.incarnation
  driver.lastIncarnation = body.incarnation
  driver.quarantined = new Set(body.quarantined)
}

function applyAgentRemoved(state: State, { body }: EventOf<'agent.removed'>): void {
  state.agents.delete(body.agent)
  lift(state, { agent: body.agent })
  applyKill(state, body.process)
}

/** A process and all that descends from it. */
function applyKill(state: State, processId: ProcessId): void {
  state.capabilities.forgetLive()
  for (const process of familyOf(state, processId)) {
    process.killed = true
    // A driver is halted under its process's number, and outlives that process.
    if (!state.drivers.has(id(process.id))) lift(state, { process: process.id })
    delete process.timers
    for (const capability of process.handles.values()) bury(state, capability, true)
  }
  closeAccounts(state)
}

function applyGranted(state: State, event: EventOf<'capability.granted'>, by: OperatorId | 0): void {
  const { capability, holder, handle, object, caveats } = event.body
  invariant(by !== 0, 'a grant carries its order')
  // A driver that was added before drivers had processes gets its own with its first grant.
  if (!state.processes.has(holder)) addProcess(state, holder, 0)
  const node = { parent: 0, root: capability, depth: 0, holder, handle, object, caveats } as const
  plant(state, { ...fresh(capability, event.seq), ...node, grantedBy: by })
}

function applyDerived(state: State, event: EventOf<'capability.derived'>): void {
  const { capability, parent: parentId, holder, handle, caveats } = event.body
  plant(state, { ...childOf(capabilityOf(state, parentId), capability, event.seq), holder, handle, caveats })
}

function applyRevoked(state: State, event: EventOf<'capability.revoked'>): void {
  const { actor, body } = event
  if (body.signed === null) countDerivation(state, event)
  const isDropped = actor.kind === 'process' && actor.id === state.capabilities.holderOf(body.capability)
  bury(state, body.capability, isDropped)
  closeAccounts(state)
}

/** The same for what a process does of its own authority. */
function counted<E extends Event>(apply: (state: State, event: E) => void) {
  return (state: State, event: E): void => {
    countDerivation(state, event)
    apply(state, event)
  }
}

/** A process's derivations and drops are events, so they are rationed like its refusals. */
function countDerivation(state: State, { at, actor }: Event): void {
  const process = processOf(state, id(actor.id))
  const recent = at - process.derivationWindowStart < limits.refusalWindowMs
  if (!recent) process.derivationWindowStart = at
  process.derivationCount = recent ? process.derivationCount + 1 : 1
}

function applyRefused(state: State, { at, body }: EventOf<'syscall.refused'>): void {
  const process = processOf(state, body.process)
  const recent = at - process.refusalWindowStart < limits.refusalWindowMs
  if (!recent) process.refusalWindowStart = at
  process.refusalCount = recent ? process.refusalCount + 1 : 1
  if (body.collects !== 0) forget(state, id<CallId>(body.collects))
}

function applyOrderRefused(state: State, { at }: EventOf<'order.refused'>): void {
  const recent = at - state.orderRefusalWindowStart < limits.refusalWindowMs
  if (!recent) state.orderRefusalWindowStart = at
  state.orderRefusalCount = recent ? state.orderRefusalCount + 1 : 1
}

function driverOf(state: State, driver: Driver['id']): Driver {
  return found(state.drivers.get(driver), 'an event about a driver finds it')
}
