/**
 * A process narrows what it holds, and takes back what it gave. Deriving makes a child in the tree; giving it
 * to another process needs a capability to that process, unless it is one's own child. Revoking marks one node; dropping is revoking what
 * one holds oneself, and takes everything derived from it along.
 */
import { invariant } from '../../base/fault.ts'
import type { CapabilityId, Handle, Instant, ProcessId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { ActionOf, Command, Undispatched } from '../command.ts'
import type { Decision } from '../decision.ts'
import { accepted, byProcess, recorder, recording } from '../decision.ts'
import type { Actor, SignedOrder } from '../event.ts'
import { cut, endedBy } from '../gate/settle.ts'
import { limits } from '../limits.ts'
import { killed, whyIdle } from '../process/freeze.ts'
import { noProcess, refuseSyscall } from '../process/refuse.ts'
import type { Refusal } from '../refusal.ts'
import { refusal } from '../refusal.ts'
import type { OrderedBy } from '../sovereign/ordered.ts'
import { actorOf, no } from '../sovereign/ordered.ts'
import type { Capability, Process, State } from '../state.ts'
import { whyOverBudget } from './budget.ts'
import { selectorsOf, whyTooBroad } from './narrow.ts'
import { restsOn } from './quorum.ts'
import { whyExhausted } from './reserve.ts'
import { authorityOf, chainOf, designated, whyDead } from './tree.ts'

type Derive = Extract<Command, { kind: 'capability.derive' }>
type Revoke = Extract<Command, { kind: 'capability.revoke' }>

/** The right to be given capabilities, held on a process by whoever may give it some. */
export const receiveSelector = 'capability/receive'

/** Derives a narrower capability for the process itself or one it may give to. */
export function decideDerive(state: State, command: Derive): Decision {
  const process = state.processes.get(command.process)
  const holder = state.processes.get(command.holder)
  if (process === undefined) return noProcess
  const parent = designated(state, process, command.handle) ?? undefined
  const why = whyUnderivable(state, command, process, holder, parent)
  if (why !== null) {
    const asked = { process: process.id, object: parent?.object ?? 0, selector: 'capability/derive' }
    return refuseSyscall(state, command.at, asked, why)
  }
  invariant(parent !== undefined && holder !== undefined, 'what may be derived is there')
  const body = {
    capability: id<CapabilityId>(state.nextCapability),
    parent: parent.id,
    holder: holder.id,
    handle: id<Handle>(holder.nextHandle),
    caveats: command.caveats,
  }
  const circumstances = { ...byProcess(process.id), authority: authorityOf(parent) }
  return recording(state, command.at, 'capability.derived', body, circumstances)
}

/** Revokes a capability below one the process holds, or drops one it holds. */
export function decideProcessRevoke(state: State, command: Revoke): Decision {
  const process = state.processes.get(command.process)
  if (process === undefined) return noProcess
  const capability = state.capabilities.get(command.capability)
  const isOver =
    capability !== undefined &&
    chainOf(state, capability.id).some((level) => level.holder === process.id && level.handle !== 0)
  const why = process.killed
    ? killed
    : !isOver
      ? notHeld
      : isBusyDeriving(process, command.at)
        ? tooFast
        : null
  if (capability === undefined || why !== null) {
    const asked = { process: process.id, object: 0, selector: 'capability/revoke' }
    return refuseSyscall(state, command.at, asked, why ?? notHeld)
  }
  return revoke(state, {
    at: command.at,
    capability,
    ...byProcess(process.id),
    signed: null,
    undispatched: command.undispatched,
  })
}

/** Revokes what an operator names. */
export function revokeByOrder(
  state: State,
  by: OrderedBy,
  action: ActionOf<'capability.revoke'>,
  { undispatched }: { readonly undispatched: Undispatched },
): Decision {
  const { at, signed } = by
  const capability = state.capabilities.get(action.capability)
  return capability === undefined
    ? no('not-found', 'There is no such capability.', 'The id of one that exists.')
    : revoke(state, { at, capability, ...actorOf(by), signed, undispatched })
}

/** Marks one node revoked and ends the calls made under it or anything below it. */
function revoke(
  state: State,
  revocation: {
    readonly at: Instant
    readonly capability: Capability
    readonly actor: Actor
    readonly signed: SignedOrder | null
    readonly undispatched: Undispatched
  },
): Decision {
  const { at, capability, actor, signed, undispatched } = revocation
  const ended = [...state.calls.values()].filter(
    (call) => call.stage !== 'denied' && restsOn(state, call, capability.id),
  )
  const recorded = recorder(state, at)
  const cause = recorded.record(
    'capability.revoked',
    { capability: capability.id, ...endedBy(ended, undispatched), signed },
    { actor, authority: authorityOf(capability) },
  )
  cut(state, recorded, ended, { reason: 'revoked', cause, undispatched })
  return accepted(recorded)
}

/** True when a process makes so many events of its own authority that it could fill the disk. */
export function isBusyDeriving(process: Process, at: Instant): boolean {
  const recent = at - process.derivationWindowStart < limits.refusalWindowMs
  return recent && process.derivationCount >= limits.derivationsPerWindow
}

const tooFast = refusal('rate-limited', 'This process derives and drops too often.', 'Wait a few seconds.')
const notHeld: Refusal = refusal(
  'not-held',
  'This process holds no such capability.',
  'A grant by an operator.',
)

function whyUnderivable(
  state: State,
  command: Derive,
  process: Process,
  holder: Process | undefined,
  parent: Capability | undefined,
): Refusal | null {
  const why = whyUngivable(state, command.at, process, holder, parent)
  if (why !== null || parent === undefined) return why ?? notHeld
  if (parent.depth >= limits.derivationDepth) {
    return refusal('limit', 'The derivation tree is full.', 'Drop capabilities that are not needed.')
  }
  const chain = chainOf(state, parent.id)
  return whyTooBroad(chain, command.caveats, command.at) ?? whyOverBudget(state, chain, command.caveats)
}

/** Why a process may not put a capability, or what it derives from one, into a holder's hands; or null. */
export function whyUngivable(
  state: State,
  at: Instant,
  process: Process,
  holder: Process | undefined,
  capability: Capability | undefined,
): Refusal | null {
  const idle = whyIdle(state, process, at)
  if (idle !== null) return idle
  if (capability === undefined) return notHeld
  if (isBusyDeriving(process, at)) return tooFast
  const chain = chainOf(state, capability.id)
  const dead = whyDead(state, chain, at) ?? whyExhausted(chain)
  if (dead !== null) return dead
  if (chain.some((level) => level.caveats.derivable === false)) {
    return refusal(
      'not-derivable',
      'This capability may not be derived from.',
      'A grant that allows deriving.',
    )
  }
  if (holder === undefined || holder.killed || !mayGiveTo(state, process, holder.id, at)) {
    return refusal(
      'not-entitled',
      'This process may not give capabilities to that one.',
      `A capability on it with ${receiveSelector}.`,
    )
  }
  return holder.handles.size < limits.handlesPerProcess
    ? null
    : refusal('limit', 'The holder’s table is full.', 'Drop capabilities that are not needed.')
}

function mayGiveTo(state: State, giver: Process, holder: ProcessId, at: Instant): boolean {
  if (giver.id === holder || state.processes.get(holder)?.child?.parent === giver.id) return true
  for (const held of giver.handles.values()) {
    if (state.capabilities.get(held)?.object !== holder) continue
    const chain = chainOf(state, held)
    if (selectorsOf(chain).has(receiveSelector) && whyDead(state, chain, at) === null) return true
  }
  return false
}
