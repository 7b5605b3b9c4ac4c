/**
 * How calls move, as `evolve` applies it: held, decided, admitted, settled or lapsed, with the reservations
 * that go along. Only `evolve` calls these.
 */
import { invariant } from '../../base/fault.ts'
import type { CallId } from '../../base/ids.ts'
import { childOf, plant, reclaim } from '../capability/plant.ts'
import { consume, release, reserve } from '../capability/reserve.ts'
import { chainOf } from '../capability/tree.ts'
import type { EventOf } from '../event.ts'
import { isReverse } from '../manifest.ts'
import type { Call, Capability, Process, State } from '../state.ts'
import { requestKey } from '../state.ts'

/** Applies `call.held`. */
export function applyHeld(state: State, event: EventOf<'call.held'>): void {
  const { body, seq, at, payload } = event
  invariant(payload !== null, 'a held call carries its arguments')
  const { call, process, object, selector, effect, capability, approvalDigest, nonce, demands, verdict } =
    body
  state.calls.set(call, {
    id: call,
    process,
    object,
    selector,
    effect,
    capability,
    approvalDigest,
    nonce,
    demands,
    verdict,
    commitment: payload.commitment,
    payloadSeq: seq,
    stage: 'held',
    reservedAt: at,
    lastSeq: seq,
    dueAt: body.expiresAt,
    comment: '',
  })
  state.nextCall = call + 1
  // Nobody retries for a driver: two equal questions in two calls are two questions.
  if (!isReverse(selector)) state.pending.set(requestKey(process, object, selector, payload.commitment), call)
  processOf(state, process).held += 1
  reserve(chainOf(state, capability), at)
}

/** Applies `call.approved`. */
export function applyApproved(state: State, event: EventOf<'call.approved'>): void {
  const call = callOf(state, event.body.call)
  const parent = capabilityOf(state, call.capability)
  const caveats = {
    selectors: [call.selector],
    argumentsCommitment: call.commitment,
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

/** Applies `call.denied`. */
export function applyDenied(state: State, event: EventOf<'call.denied'>): void {
  const call = callOf(state, event.body.call)
  giveBack(state, call)
  call.stage = 'denied'
  call.comment = event.body.comment
  call.lastSeq = event.seq
  if (event.body.collected) forget(state, call)
}

/** Applies `call.lapsed`. */
export function applyLapsed(state: State, callId: CallId): void {
  const call = callOf(state, callId)
  if (call.stage !== 'denied') giveBack(state, call)
  forget(state, call)
}

/** Applies `call.admitted`. */
export function applyAdmitted(state: State, event: EventOf<'call.admitted'>): void {
  const { body, seq, at, payload } = event
  const waiting = state.calls.get(body.call)
  if (waiting === undefined) {
    invariant(payload !== null, 'an admitted call carries its arguments')
    const { call, process, object, selector, effect, capability, verdict } = body
    state.calls.set(call, {
      id: call,
      process,
      object,
      selector,
      effect,
      capability,
      verdict,
      commitment: payload.commitment,
      payloadSeq: seq,
      stage: 'admitted',
      reservedAt: at,
      lastSeq: seq,
      dueAt: body.deadline,
      approvalDigest: '',
      nonce: '',
      demands: [],
      comment: '',
    })
    state.nextCall = call + 1
    reserve(chainOf(state, capability), at)
  } else {
    unlist(state, waiting)
    waiting.stage = 'admitted'
    waiting.lastSeq = seq
    waiting.dueAt = body.deadline
    // The levels above were reserved when the call was held; only the approval itself is new.
    reserve([capabilityOf(state, body.capability)], at)
  }
  processOf(state, body.process).inFlight += 1
}

/** Applies `call.settled`. */
export function applySettled(state: State, { body }: EventOf<'call.settled'>): void {
  const call = callOf(state, body.call)
  invariant(call.stage === 'admitted', 'only an admitted call is settled')
  const chain = chainOf(state, call.capability)
  if (body.released) release(chain, call.reservedAt)
  else consume(chain)
  processOf(state, call.process).inFlight -= 1
  state.calls.delete(call.id)
  retire(state, chain)
}

/** Gives back what a held or approved call had reserved, and withdraws its approval. */
function giveBack(state: State, call: Call): void {
  const chain = chainOf(state, call.capability)
  release(call.stage === 'approved' ? chain.slice(1) : chain, call.reservedAt)
  retire(state, chain)
}

/** An approval that served or lapsed leaves the tree; dead nodes that only it kept are reclaimed. */
function retire(state: State, chain: readonly Capability[]): void {
  const leaf = chain[0]
  invariant(leaf !== undefined, 'a chain has at least its leaf')
  if (leaf.handle === 0) leaf.revoked = true
  for (const capability of chain) reclaim(state, capability)
}

/** Removes a call that waits no more. */
export function forget(state: State, call: Call): void {
  unlist(state, call)
  state.calls.delete(call.id)
}

function unlist(state: State, call: Call): void {
  if (!isReverse(call.selector))
    state.pending.delete(requestKey(call.process, call.object, call.selector, call.commitment))
  processOf(state, call.process).held -= 1
}

function callOf(state: State, call: CallId): Call {
  const found = state.calls.get(call)
  invariant(found !== undefined, 'an event about a call finds it')
  return found
}

function processOf(state: State, process: Call['process']): Process {
  const found = state.processes.get(process)
  invariant(found !== undefined, 'a call has a process')
  return found
}

function capabilityOf(state: State, capability: Call['capability']): Capability {
  const found = state.capabilities.get(capability)
  invariant(found !== undefined, 'a call has a capability in the tree')
  return found
}
