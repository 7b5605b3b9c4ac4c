/**
 * An operator decides a held call. Approving mints a one-shot capability derived from the held call's own,
 * good for exactly the arguments that were shown: revoking the parent kills it, and it cannot be used twice.
 */
import type { CapabilityId, Instant, OperatorId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import { approvalsOf, chainsOf } from '../capability/quorum.ts'
import { authorityOf, capabilityOf, whyDead } from '../capability/tree.ts'
import type { ActionOf } from '../command.ts'
import type { Decision } from '../decision.ts'
import { accepted, byProcess, recorder, recording, unrecorded } from '../decision.ts'
import type { Payload } from '../event.ts'
import { limits } from '../limits.ts'
import { isReverse } from '../manifest.ts'
import { whyFrozen } from '../process/freeze.ts'
import type { Refusal } from '../refusal.ts'
import { refusal } from '../refusal.ts'
import type { OrderedBy } from '../sovereign/ordered.ts'
import { actorOf } from '../sovereign/ordered.ts'
import type { Call, Operator, State } from '../state.ts'

/**
 * Approves: a one-shot capability, and the admission at once if the requester is still waiting. Where several
 * operators must, all but the last only second the call.
 */
export function approve(
  state: State,
  by: OrderedBy,
  decision: ActionOf<'call.approve'>,
  { waiting, answer: payload = null }: { readonly waiting: boolean; readonly answer?: Payload | null },
): Decision {
  const { at, operator, signed } = by
  const { comment, answer } = decision
  const call = state.calls.get(decision.call)
  if (call?.stage !== 'held') return unrecorded(notPending)
  const why = whyUndecidable(call, by, decision) ?? whyUnapprovable(state, call, operator, at)
  if (why !== null) return unrecorded(why)
  const missing = missingAfter(state, call)
  const said = { call: call.id, operator: operator.id, comment, signed }
  const { root } = capabilityOf(state, call.capability)
  const authority = { capability: call.capability, root }
  const circumstances = { ...actorOf(by), cause: call.lastSeq, authority }
  if (missing > 0) return recording(state, at, 'call.seconded', { ...said, missing }, circumstances)
  const recorded = recorder(state, at)
  const capability = id<CapabilityId>(state.nextCapability)
  const approved = { ...said, capability, ...(answer === undefined ? {} : { answer }) }
  const cause = recorded.record('call.approved', approved, { ...circumstances, payload })
  if (waiting && isServed(state, call)) {
    const { id: callId, process, object, selector, effect, verdict } = call
    const deadline = deadlineOf(call, at)
    recorded.record(
      'call.admitted',
      { call: callId, process, object, selector, effect, capability, deadline, verdict },
      { ...byProcess(process), cause, authority: { capability, root } },
    )
  }
  return accepted(recorded)
}

/** How many approvals are missing after one more. A narrowing may have raised the number since it was held. */
function missingAfter(state: State, call: Call): number {
  const needed = Math.max(call.approvals ?? 1, approvalsOf(chainsOf(state, call).flat()))
  return needed - approvers(state, call).length - 1
}

/** Who approved it already and still is an operator. */
function approvers(state: State, { approvedBy = [] }: Call): readonly OperatorId[] {
  return approvedBy.filter((known) => {
    const operator = state.operators.get(known)
    return operator !== undefined && operator.status === undefined
  })
}

function whyUnapprovable(state: State, call: Call, operator: Operator, at: Instant): Refusal | null {
  for (const chain of chainsOf(state, call)) {
    const dead = whyDead(state, chain, at)
    if (dead !== null) return dead
  }
  if (call.approvedBy?.includes(operator.id) !== true) return null
  const once = 'You approved this call already: it needs another operator too.'
  return refusal('not-entitled', once, 'An approval by another operator.')
}

/** Denies: the requester is told now, or an identical retry is. */
export function deny(
  state: State,
  by: OrderedBy,
  decision: ActionOf<'call.deny'>,
  { waiting }: { readonly waiting: boolean },
): Decision {
  const { at, operator, signed } = by
  const call = state.calls.get(decision.call)
  if (call?.stage !== 'held') return unrecorded(notPending)
  const why = whyUndecidable(call, by, decision)
  if (why !== null) return unrecorded(why)
  const body = { call: call.id, operator: operator.id, comment: decision.comment, collected: waiting, signed }
  const authority = authorityOf(capabilityOf(state, call.capability))
  return recording(state, at, 'call.denied', body, { ...actorOf(by), cause: call.lastSeq, authority })
}

const notPending = refusal('not-found', 'No such call waits for a decision.', 'See the pending approvals.')

function whyUndecidable(
  call: Call,
  { at }: OrderedBy,
  { digest }: ActionOf<'call.approve' | 'call.deny'>,
): Refusal | null {
  if (call.dueAt <= at) return refusal('approval-expired', 'The time to decide is over.', 'A new request.')
  if (call.approvalDigest === digest) return null
  return refusal('version-mismatch', 'The digest is not that of the held call.', 'Look at the call again.')
}

/** What a driver asked does not outlive the call it asked in, which is as far as it could be held. */
function deadlineOf(call: Call, at: Instant): Instant {
  const full = at + limits.callMs
  return id<Instant>(isReverse(call.selector) ? Math.min(full, call.dueAt) : full)
}

function isServed(state: State, call: Call): boolean {
  if (whyFrozen(state, state.processes.get(call.process)) !== null) return false
  const driver = state.drivers.get(id(call.object))
  return driver !== undefined && driver.attached !== 0 && !driver.quarantined.has(call.selector)
}
