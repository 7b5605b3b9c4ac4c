/**
 * `evolve(state, event)`: the only writer of the state. It applies what was decided and judges nothing, so
 * folding the ledger from the first event always gives the same state, whatever code decides today.
 */
import { invariant, unreachable } from '../base/fault.ts'
import type { CallId, ProcessId } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import { applyCanon, applyCode } from './canon/apply-canon.ts'
import { applyMoved, applyNarrowed, closeAccounts } from './capability/apply-change.ts'
import { bury, childOf, fresh, plant } from './capability/plant.ts'
import { sweepOn } from './capability/sweep.ts'
import type { Event, EventOf } from './event.ts'
import {
  applyAdmitted,
  applyApproved,
  applyDenied,
  applyHeld,
  applyLapsed,
  applySeconded,
  applySettled,
  forget,
} from './gate/apply-call.ts'
import { applyHaltEvent, lift } from './halt/apply-halt.ts'
import { limits } from './limits.ts'
import { applyGoverned } from './process/apply-governed.ts'
import { addProcess, applyAgentAdded, applySpawned } from './process/evolve-process.ts'
import { familyOf } from './process/family.ts'
import { applyTimer } from './process/timer.ts'
import { applyEnrolled, evolveSovereign } from './sovereign/evolve-sovereign.ts'
import { noteOrder } from './sovereign/note-order.ts'
import type { State } from './state.ts'

/** Applies one event in place. Faults if it does not continue the sequence or contradicts the state. */
export function evolve(state: State, event: Event): void {
  invariant(event.seq === state.seq + 1, `event ${event.seq} follows ${state.seq}`)
  invariant(event.at >= state.at, 'ledger time never runs backwards')
  apply(state, event)
  sweepOn(state)
  state.seq = event.seq
  state.at = event.at
}

function apply(state: State, event: Event): void {
  switch (event.kind) {
    case 'domain.created': {
      state.domain = { ...event.body }
      return
    }
    case 'kernel.booted':
      return applyBoot(state, event)
    case 'operator.enrolled':
      return applyEnrolled(state, event)
    case 'canon.amended':
    case 'canon.acknowledged':
      return applyCanon(state, event)
    case 'code.accepted':
      return applyCode(state, event)
    case 'driver.added':
      return applyDriverAdded(state, event)
    case 'driver.updated':
      return applyDriverUpdated(state, event)
    case 'driver.removed':
      noteOrder(state, event)
      if (state.processes.has(id(event.body.driver))) applyKill(state, id(event.body.driver))
      state.drivers.delete(event.body.driver)
      lift(state, { process: id(event.body.driver) })
      return
    case 'driver.attached': {
      const driver = found(state.drivers.get(event.body.driver))
      driver.attached = event.body.incarnation
      driver.lastIncarnation = event.body.incarnation
      driver.quarantined = new Set(event.body.quarantined)
      return
    }
    case 'driver.detached':
      found(state.drivers.get(event.body.driver)).attached = 0
      return
    case 'agent.added':
      return applyAgentAdded(state, event)
    case 'agent.removed':
      noteOrder(state, event)
      state.agents.delete(event.body.agent)
      lift(state, { agent: event.body.agent })
      return applyKill(state, event.body.process)
    case 'process.killed':
      noteOrder(state, event)
      return applyKill(state, event.body.process)
    case 'process.spawned':
      countDerivation(state, event)
      return applySpawned(state, event)
    case 'process.ended':
      countDerivation(state, event)
      return applyKill(state, event.body.process)
    case 'process.frozen':
    case 'process.thawed':
    case 'process.weighed':
      return applyGoverned(state, event)
    case 'timer.fired':
      return applyTimer(found(state.processes.get(event.body.process)), event)
    case 'timer.set':
    case 'timer.cancelled':
      countDerivation(state, event)
      return applyTimer(found(state.processes.get(event.body.process)), event)
    case 'capability.granted':
      return applyGranted(state, event)
    case 'capability.derived':
      countDerivation(state, event)
      return applyDerived(state, event)
    case 'capability.moved':
      countDerivation(state, event)
      return applyMoved(state, event)
    case 'capability.narrowed':
      noteOrder(state, event)
      return applyNarrowed(state, event)
    case 'capability.revoked': {
      if (event.body.signed === null) countDerivation(state, event)
      else noteOrder(state, event)
      const { capability } = event.body
      const dropped =
        event.actor.kind === 'process' && event.actor.id === state.capabilities.holderOf(capability)
      bury(state, capability, dropped)
      return closeAccounts(state)
    }
    case 'syscall.refused':
      return applyRefused(state, event)
    case 'call.held':
      return applyHeld(state, event)
    case 'call.seconded':
      noteOrder(state, event)
      return applySeconded(state, event)
    case 'call.approved':
      noteOrder(state, event)
      return applyApproved(state, event)
    case 'call.denied':
      noteOrder(state, event)
      return applyDenied(state, event)
    case 'call.lapsed':
      return applyLapsed(state, event.body.call)
    case 'call.admitted':
      return applyAdmitted(state, event)
    case 'call.settled':
      return applySettled(state, event)
    case 'refusals.aggregated':
      return
    case 'order.refused': {
      const recent = event.at - state.orderRefusalWindowStart < limits.refusalWindowMs
      if (!recent) state.orderRefusalWindowStart = event.at
      state.orderRefusalCount = recent ? state.orderRefusalCount + 1 : 1
      return
    }
    case 'domain.halted':
      return applyHalted(state, event)
    case 'domain.resumed':
      noteOrder(state, event)
      state.resumed = state.halted
      state.halted = null
      return
    case 'scope.halted':
    case 'scope.resumed':
    case 'drill.recorded':
      return applyHaltEvent(state, event)
    case 'operator.rotated':
    case 'operator.revoked':
    case 'order.proposed':
    case 'order.confirmed':
    case 'order.declined':
    case 'domain.registered':
    case 'domain.frozen':
    case 'domain.unfrozen':
    case 'domain.removed':
    case 'domain.acknowledged':
    case 'statement.issued':
    case 'statement.accepted':
      return evolveSovereign(state, event)
    default:
      unreachable(event)
  }
}

function applyBoot(state: State, { body }: EventOf<'kernel.booted'>): void {
  state.boot = body.boot
  invariant(body.rules === undefined || body.rules === 2, 'a ledger of a later version')
  if (body.rules !== undefined) state.rules = body.rules
  found(state.domain).policyVersion = body.policyVersion
  for (const driver of state.drivers.values()) driver.attached = 0
}

function applyDriverAdded(state: State, event: EventOf<'driver.added'>): void {
  noteOrder(state, event)
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
function applyDriverUpdated(state: State, event: EventOf<'driver.updated'>): void {
  noteOrder(state, event)
  const { manifest } = event.body
  const driver = found(state.drivers.get(event.body.driver))
  driver.program = manifest.program
  driver.selectors = new Map(manifest.selectors.map((pinned) => [pinned.selector, pinned]))
  driver.quarantined = new Set(driver.selectors.keys())
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

function applyGranted(state: State, event: EventOf<'capability.granted'>): void {
  const operator = noteOrder(state, event)
  const { capability, holder, handle, object, caveats } = event.body
  // A driver that was added before drivers had processes gets its own with its first grant.
  if (!state.processes.has(holder)) addProcess(state, holder, 0)
  const node = {
    parent: 0,
    root: capability,
    depth: 0,
    holder,
    handle,
    object,
    caveats,
    grantedBy: operator,
  } as const
  plant(state, { ...fresh(capability, event.seq), ...node })
}

function applyDerived(state: State, event: EventOf<'capability.derived'>): void {
  const { capability, parent: parentId, holder, handle, caveats } = event.body
  const parent = found(state.capabilities.get(parentId))
  plant(state, { ...childOf(parent, capability, event.seq), holder, handle, caveats })
}

function applyHalted(state: State, { seq, body }: EventOf<'domain.halted'>): void {
  const { requestedAt, requestedBy, reason } = body
  state.halted = { seq, requestedAt, requestedBy, reason }
}

/** A process's derivations and drops are events, so they are rationed like its refusals. */
function countDerivation(state: State, { at, actor }: Event): void {
  const process = found(state.processes.get(id<ProcessId>(actor.id)))
  const recent = at - process.derivationWindowStart < limits.refusalWindowMs
  if (!recent) process.derivationWindowStart = at
  process.derivationCount = recent ? process.derivationCount + 1 : 1
}

function applyRefused(state: State, { at, body }: EventOf<'syscall.refused'>): void {
  const process = found(state.processes.get(body.process))
  const recent = at - process.refusalWindowStart < limits.refusalWindowMs
  if (!recent) process.refusalWindowStart = at
  process.refusalCount = recent ? process.refusalCount + 1 : 1
  if (body.collects !== 0) forget(state, found(state.calls.get(id<CallId>(body.collects))))
}

function found<T>(value: T | undefined | null): T {
  invariant(value !== undefined && value !== null, 'an event speaks of things that exist')
  return value
}
