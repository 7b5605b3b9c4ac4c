/**
 * What operators add and remove: drivers, agents, grants. Every one of these is an event that carries the
 * signed order, so that the root of every authority is a signature somebody can check.
 */
import type { AgentId, CapabilityId, DriverId, Handle, ObjectId, ProcessId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import { receiveSelector } from '../capability/derive.ts'
import type { ActionOf, Undispatched } from '../command.ts'
import type { Decision } from '../decision.ts'
import { accepted, recorder, recording, unrecorded } from '../decision.ts'
import { effectOf } from '../gate/reverse.ts'
import { cut } from '../gate/settle.ts'
import { cutFamily } from '../process/family.ts'
import { limits } from '../limits.ts'
import { isNamed } from '../privacy/subject.ts'
import type { DriverManifest, DriverProgram } from '../manifest.ts'
import { isReverse } from '../manifest.ts'
import type { Refusal } from '../refusal.ts'
import { refusal } from '../refusal.ts'
import type { Driver, State } from '../state.ts'
import type { OrderedBy } from './ordered.ts'
import { actorOf, no } from './ordered.ts'

/** Which of the calls under way never left. */
interface Sent {
  readonly undispatched: Undispatched
}

/** Registers a driver under a name, with its manifest as signed. */
export function addDriver(state: State, by: OrderedBy, { name, manifest }: ActionOf<'driver.add'>): Decision {
  const taken = [...state.drivers.values()].some((driver) => driver.name === name)
  const full = whyNoObject(state, taken)
  if (full !== null) return unrecorded(full)
  const programs = [...state.drivers.values()].map((known) => known.program)
  if (!programsFit([...programs, manifest.program])) return tooLong
  const driver = id<DriverId>(state.nextObject)
  const body = { driver, name, manifest, process: id<ProcessId>(driver), signed: by.signed }
  return recording(state, by.at, 'driver.added', body, actorOf(by))
}

/**
 * Replaces a driver's manifest. Nothing of it can be called until it has attached anew under the new pins; what
 * waits for a decision, or for a retry after one, about a selector that is no longer what was shown, lapses.
 */
export function updateDriver(
  state: State,
  by: OrderedBy,
  { driver, manifest }: ActionOf<'driver.update'>,
): Decision {
  const before = state.drivers.get(driver)
  if (before === undefined) return no('not-found', 'There is no such driver.')
  const others = [...state.drivers.values()].filter((known) => known.id !== driver)
  if (!programsFit([...others.map((known) => known.program), manifest.program])) return tooLong
  const recorded = recorder(state, by.at)
  const cause = recorded.record('driver.updated', { driver, manifest, signed: by.signed }, actorOf(by))
  const waiting = [...state.calls.values()].filter(
    (call) => id<DriverId>(call.object) === driver && call.stage !== 'admitted',
  )
  const changed = waiting.filter(({ selector }) => !isPinnedAlike(before, manifest, selector))
  cut(state, recorded, changed, { reason: 'withdrawn', cause, undispatched: new Set() })
  return accepted(recorded)
}

/** True when `selector` means under the new manifest what it means under the old one. */
function isPinnedAlike(before: Driver, { program, selectors }: DriverManifest, selector: string): boolean {
  if (isReverse(selector)) return program.client?.includes(selector) === true
  const [then, now] = [before.selectors.get(selector), selectors.find((pin) => pin.selector === selector)]
  return now !== undefined && now.digest === then?.digest && now.effect === then.effect
}

function programsFit(programs: readonly DriverProgram[]): boolean {
  return JSON.stringify(programs).length <= limits.programsLength
}

/** Removes a driver. Its calls are cut; capabilities on it stay in the tree and can no longer do anything. */
export function removeDriver(
  state: State,
  by: OrderedBy,
  { driver }: ActionOf<'driver.remove'>,
  { undispatched }: Sent,
): Decision {
  if (!state.drivers.has(driver)) return no('not-found', 'There is no such driver.')
  const recorded = recorder(state, by.at)
  const cause = recorded.record('driver.removed', { driver, signed: by.signed }, actorOf(by))
  const calls = [...state.calls.values()].filter((call) => id<DriverId>(call.object) === driver)
  cut(state, recorded, calls, { reason: 'withdrawn', cause, undispatched })
  return accepted(recorded)
}

/** Adds an agent and its standing process. */
export function addAgent(
  state: State,
  by: OrderedBy,
  { name, tokenDigest, subject }: ActionOf<'agent.add'>,
): Decision {
  const taken = [...state.agents.values()].some(
    (agent) => agent.name === name || agent.tokenDigest === tokenDigest,
  )
  const full = whyNoObject(state, taken)
  if (full !== null) return unrecorded(full)
  if (subject !== undefined && !isNamed(state, subject)) return noSubject
  const [agent, process] = [id<AgentId>(state.nextObject), id<ProcessId>(state.nextObject + 1)]
  const about = subject === undefined ? {} : { subject }
  const body = { agent, process, name, tokenDigest, ...about, signed: by.signed }
  return recording(state, by.at, 'agent.added', body, actorOf(by))
}

/** Removes an agent for good: its process is killed and its name is free again. */
export function removeAgent(
  state: State,
  by: OrderedBy,
  action: ActionOf<'agent.remove'>,
  { undispatched }: Sent,
): Decision {
  const agent = state.agents.get(action.agent)
  if (agent === undefined) return no('not-found', 'There is no such agent.')
  const recorded = recorder(state, by.at)
  const body = { agent: agent.id, process: agent.process, signed: by.signed }
  const cause = recorded.record('agent.removed', body, actorOf(by))
  cutFamily(state, recorded, agent.process, cause, undispatched)
  return accepted(recorded)
}

/** Kills a process: what it holds, and everything derived from that, dies with it. */
export function kill(
  state: State,
  by: OrderedBy,
  { process: processId, reason }: ActionOf<'process.kill'>,
  { undispatched }: Sent,
): Decision {
  const process = state.processes.get(processId)
  if (process === undefined || process.killed) return no('not-found', 'There is no such living process.')
  const recorded = recorder(state, by.at)
  const body = { process: process.id, reason, signed: by.signed }
  const cause = recorded.record('process.killed', body, actorOf(by))
  cutFamily(state, recorded, process.id, cause, undispatched)
  return accepted(recorded)
}

/** Grants a root capability: to a process, or to a driver what it may ask of its own clients. */
export function grant(state: State, by: OrderedBy, action: ActionOf<'capability.grant'>): Decision {
  const { object, caveats } = action
  const holder = state.processes.get(action.holder) ?? newcomer(state, action.holder)
  if (holder === undefined || holder.killed) return no('not-found', 'There is no such living process.')
  if (caveats.selectors === undefined) return no('bad-request', 'A grant must list the selectors it allows.')
  if (caveats.where === undefined) return no('bad-request', 'A grant must say which arguments it allows.')
  if (caveats.expiresAt !== undefined && caveats.expiresAt <= by.at)
    return no('bad-request', 'The expiry is in the past.')
  if (holder.handles.size >= limits.handlesPerProcess) return no('limit', 'The process’s table is full.')
  const unknown = caveats.selectors.find((selector) => !offers(state, object, selector, holder.id))
  if (unknown !== undefined) return no('not-found', `The object does not offer ${unknown}.`)
  const capability = id<CapabilityId>(state.nextCapability)
  const held = { holder: action.holder, handle: id<Handle>(holder.nextHandle) }
  const body = { capability, ...held, object, caveats, signed: by.signed }
  const circumstances = { ...actorOf(by), authority: { capability, root: capability } }
  return recording(state, by.at, 'capability.granted', body, circumstances)
}

/** A driver that was added before drivers had processes: it gets one with its first grant. */
function newcomer(state: State, holder: ProcessId) {
  if (!state.drivers.has(id(holder))) return undefined
  return { id: holder, killed: false, handles: new Map<Handle, CapabilityId>(), nextHandle: 1 } as const
}

/**
 * What a driver may ask of its clients is offered to that driver alone. Beside it a driver is offered what the
 * system's own services do, such as reaching the network, and nothing that other drivers do.
 */
function offers(state: State, object: ObjectId, selector: string, holder: ProcessId): boolean {
  const driver = state.drivers.get(id(object))
  const isForeign = state.drivers.has(id(holder)) && id<ProcessId>(object) !== holder
  if (isForeign && driver?.program.protocol !== 'service') return false
  if (driver !== undefined) {
    const byDriver = id<ProcessId>(driver.id) === holder
    return isReverse(selector) === byDriver && effectOf(driver, selector) !== null
  }
  return state.processes.get(id(object))?.killed === false && selector === receiveSelector
}

function whyNoObject(state: State, taken: boolean): Refusal | null {
  if (taken) return refusal('name-taken', 'That name is in use.', 'Another name, or remove the old one.')
  return hasRoom(state)
    ? null
    : refusal('limit', 'This domain has as many objects as it can.', 'Another domain.')
}

/** Whether two more objects may be made. */
export function hasRoom(state: State): boolean {
  const living = state.operators.size + state.drivers.size + state.processes.size
  return living < limits.objects && state.nextObject + 1 < limits.objectIds
}

const noSubject: Decision = no('not-found', 'There is no such subject.', 'One of custos subject list.')
const tooLong: Decision = no('limit', 'The drivers’ programs are too long together.')
