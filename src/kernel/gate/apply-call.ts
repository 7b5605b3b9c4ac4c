/**
 * How calls move, as `evolve` applies it: held, decided, admitted, settled or lapsed, with the reservations
 * that go along. Only `evolve` calls these.
 */
import { found, invariant } from '../../base/fault.ts'
import type { CallId, CapabilityId } from '../../base/ids.ts'
import { childOf, plant, reclaim } from '../capability/plant.ts'
import { commitmentOf } from './call-table.ts'
import { payerOf, releaseCost, reserveCost, spendCost } from '../capability/budget.ts'
import { leavesOf } from '../capability/quorum.ts'
import { consume, release, reserve, reserveLevel } from '../capability/reserve.ts'
import { capabilityOf, termsOf } from '../capability/tree.ts'
import type { EventKind, EventOf } from '../event.ts'
import type { Appliers } from '../evolve.ts'
import { isReverse } from '../manifest.ts'
import { subjectOf } from '../privacy/subject.ts'
import { processOf } from '../process/evolve-process.ts'
import type { Call, State } from '../state.ts'
import { requestKey } from '../state.ts'

type CallKind = Extract<EventKind, `call.${string}`>

/** The events of calls. */
export const callAppliers: Appliers<CallKind> = {
  'call.held': applyHeld,
  'call.seconded': applySeconded,
  'call.approved': applyApproved,
  'call.denied': applyDenied,
  'call.lapsed': applyLapsed,
  'call.admitted': applyAdmitted,
  'call.settled': applySettled,
}

function applyHeld(state: State, event: EventOf<'call.held'>): void {
  const { body } = event
  const { process, object, selector, approvalDigest, nonce, demands, approvals } = body
  const call = begin(state, event, {
    stage: 'held',
    dueAt: body.expiresAt,
    approvalDigest,
    nonce,
    demands,
    ...(approvals === undefined ? {} : { approvals }),
  })
  // Nobody retries for a driver: two equal questions in two calls are two questions.
  if (!isReverse(selector))
    state.pending.set(requestKey(process, object, selector, commitmentOf(call)), call.id)
  processOf(state, process).held += 1
}

/** A new call, with a use of every chain that it stands on and its cost reserved. */
function begin(
  state: State,
  event: EventOf<'call.held'> | EventOf<'call.admitted'>,
  made: Pick<Call, 'stage' | 'dueAt' | 'approvalDigest' | 'nonce' | 'demands' | 'approvals'>,
): Call {
  const { body, seq, at, payload } = event
  invariant(payload !== null, 'a call that begins carries its arguments')
  const { call: callId, process, object, selector, effect, capability, verdict, with: joined, cost } = body
  const payer = cost === undefined ? 0 : payerOf(state, termsOf(state, capability))
  const { subject } = payload
  const isOwn = subject === undefined || subject === subjectOf(state, process)
  const call: { -readonly [K in keyof Call]: Call[K] } = {
    id: callId,
    process,
    object,
    selector,
    effect,
    capability,
    verdict,
    stage: made.stage,
    dueAt: made.dueAt,
    approvalDigest: made.approvalDigest,
    nonce: made.nonce,
    demands: made.demands,
    commitment: payload.packed ?? payload.commitment,
    payloadSeq: seq,
    reservedAt: at,
    lastSeq: seq,
    comment: '',
  }
  // What few calls have is added to those few: one shape and no copies for all others.
  if (made.approvals !== undefined) call.approvals = made.approvals
  if (!isOwn) call.subject = subject
  if (joined !== undefined) call.with = joined
  if (cost !== undefined) call.cost = cost
  if (payer !== 0) call.payer = payer
  state.calls.add(call)
  state.nextCall = callId + 1
  reserve(state, capability, at)
  if (joined !== undefined) for (const leaf of joined) reserve(state, leaf, at)
  reserveCost(state, call)
  return call
}

function applySeconded(state: State, { seq, body }: EventOf<'call.seconded'>): void {
  const call = callOf(state, body.call)
  call.approvedBy = [...(call.approvedBy ?? []), body.operator]
  call.lastSeq = seq
}

function applyApproved(state: State, event: EventOf<'call.approved'>): void {
  const call = callOf(state, event.body.call)
  const parent = capabilityOf(state, call.capability)
  const caveats = {
    selectors: [call.selector],
    argumentsCommitment: commitmentOf(call),
    uses: 1,
    derivable: false,
  } as const
  plant(state, {
    ...childOf(parent, event.body.capability, event.seq),
    holder: call.process,
    handle: 0,
    caveats: { ...caveats, expiresAt: call.dueAt },
  })
  call.capability = event.body.capability
  call.stage = 'approved'
  call.comment = event.body.comment
  call.lastSeq = event.seq
}

function applyDenied(state: State, event: EventOf<'call.denied'>): void {
  const call = callOf(state, event.body.call)
  giveBack(state, call)
  call.stage = 'denied'
  call.comment = event.body.comment
  call.lastSeq = event.seq
  if (event.body.collected) forget(state, call.id)
}

function applyLapsed(state: State, { body }: EventOf<'call.lapsed'>): void {
  const call = callOf(state, body.call)
  if (call.stage !== 'denied') giveBack(state, call)
  forget(state, call.id)
}

const nothing: readonly string[] = Object.freeze([])

/** The intent to dispatch a call. */
export function applyAdmitted(state: State, event: EventOf<'call.admitted'>): void {
  const { body, seq, at } = event
  const waiting = state.calls.get(body.call)
  if (waiting === undefined) {
    const dueAt = body.deadline
    begin(state, event, { stage: 'admitted', dueAt, approvalDigest: '', nonce: '', demands: nothing })
  } else {
    unlist(state, waiting)
    waiting.stage = 'admitted'
    waiting.lastSeq = seq
    waiting.dueAt = body.deadline
    // The levels above were reserved when the call was held; only the approval itself is new.
    reserveLevel(state, body.capability, at)
  }
  processOf(state, body.process).inFlight += 1
}

/** What is known of how a dispatched call ended. */
export function applySettled(state: State, { body }: EventOf<'call.settled'>): void {
  const call = callOf(state, body.call)
  invariant(call.stage === 'admitted', 'only an admitted call is settled')
  giveUse(state, call.capability, call, body.released)
  if (call.with !== undefined) for (const leaf of call.with) giveUse(state, leaf, call, body.released)
  if (body.released) releaseCost(state, call)
  else spendCost(state, call)
  processOf(state, call.process).inFlight -= 1
  state.calls.delete(call.id)
  retire(state, call.capability)
  if (call.with !== undefined) for (const leaf of call.with) retire(state, leaf)
}

/** What becomes of the use of a chain that a call had reserved. */
function giveUse(state: State, leaf: CapabilityId, { reservedAt }: Call, isReleased: boolean): void {
  if (isReleased) release(state, leaf, reservedAt)
  else consume(state, leaf)
}

/** Gives back what a held or approved call had reserved, and withdraws its approval. */
function giveBack(state: State, call: Call): void {
  for (const leaf of leavesOf(call)) {
    // The approval itself is reserved only when its call is admitted.
    const isApproval = state.capabilities.handleOf(leaf) === 0
    release(state, isApproval ? state.capabilities.parentOf(leaf) : leaf, call.reservedAt)
    retire(state, leaf)
  }
  releaseCost(state, call)
}

/** An approval that served or lapsed leaves the tree; dead nodes that only it, or the use, kept are reclaimed. */
function retire(state: State, leaf: CapabilityId): void {
  if (state.capabilities.handleOf(leaf) === 0) state.capabilities.revoke(leaf)
  // What stays keeps all that is above it.
  reclaim(state, leaf)
}

/** Removes a call that waits no more. */
export function forget(state: State, call: CallId): void {
  unlist(state, callOf(state, call))
  state.calls.delete(call)
}

function unlist(state: State, call: Call): void {
  state.pending.delete(requestKey(call.process, call.object, call.selector, commitmentOf(call)))
  processOf(state, call.process).held -= 1
}

function callOf(state: State, call: CallId): Call {
  return found(state.calls.get(call), 'an event about a call finds it')
}
