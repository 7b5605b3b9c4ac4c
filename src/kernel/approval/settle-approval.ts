/**
 * An operator decides a held call. Approving mints a one-shot capability derived from the held call's own,
 * good for exactly the arguments that were shown: revoking the parent kills it, and it cannot be used twice.
 */
import type { CapabilityId, Instant, OperatorId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import { approvalsOf, chainsOf } from '../capability/quorum.ts'
import { authorityOf, whyDead } from '../capability/tree.ts'
import type { Decision } from '../decision.ts'
import { accepted, recorder, unrecorded } from '../decision.ts'
import type { Actor, Payload, SignedOrder } from '../event.ts'
import { limits } from '../limits.ts'
import { isReverse } from '../manifest.ts'
import { whyFrozen } from '../process/freeze.ts'
import type { Refusal } from '../refusal.ts'
import { refusal } from '../refusal.ts'
import type { Call, Operator, State } from '../state.ts'

/** An operator's decision on one held call. */
export interface ApprovalDecision {
  readonly at: Instant
  readonly operator: Operator
  readonly call: Call['id']
  /** The approval digest the operator signed for. */
  readonly digest: string
  readonly comment: string
  readonly answer?: string
  /** The answer whose salted digest was signed. */
  readonly payload?: Payload
  readonly waiting: boolean
  readonly signed: SignedOrder
}

/**
 * Approves: a one-shot capability, and the admission at once if the requester is still waiting. Where several
 * operators must, all but the last only second the call.
 */
export function approve(state: State, decision: ApprovalDecision): Decision {
  const { at, operator, comment, answer, signed } = decision
  const call = state.calls.get(decision.call)
  const why =
    whyUndecidable(call, decision) ?? (call === undefined ? null : whyUnapprovable(state, call, operator, at))
  if (call === undefined || why !== null) return unrecorded(why ?? notPending)
  const missing = missingAfter(state, call)
  if (missing > 0) return second(state, decision, call, missing)
  const recorded = recorder(state, at)
  const actor: Actor = { kind: 'operator', id: operator.id }
  const capability = id<CapabilityId>(state.nextCapability)
  const root = state.capabilities.get(call.capability)?.root ?? call.capability
  const authority = { capability: call.capability, root }
  const cause = recorded.record(
    'call.approved',
    {
      call: call.id,
      capability,
      operator: operator.id,
      comment,
      ...(answer === undefined ? {} : { answer }),
      signed,
    },
    { actor, cause: call.lastSeq, authority, payload: decision.payload ?? null },
  )
  if (decision.waiting && isServed(state, call)) {
    recorded.record(
      'call.admitted',
      {
        call: call.id,
        process: call.process,
        object: call.object,
        selector: call.selector,
        effect: call.effect,
        capability,
        deadline: deadlineOf(call, at),
        verdict: call.verdict,
      },
      { actor: { kind: 'process', id: call.process }, cause, authority: { capability, root } },
    )
  }
  return accepted(recorded)
}

/** One approval of several: the call goes on waiting. */
function second(
  state: State,
  { at, operator, comment, signed }: ApprovalDecision,
  call: Call,
  missing: number,
) {
  const recorded = recorder(state, at)
  const leaf = state.capabilities.get(call.capability)
  recorded.record(
    'call.seconded',
    { call: call.id, operator: operator.id, comment, missing, signed },
    {
      actor: { kind: 'operator', id: operator.id },
      cause: call.lastSeq,
      ...(leaf === undefined ? {} : { authority: authorityOf(leaf) }),
    },
  )
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
export function deny(state: State, decision: ApprovalDecision): Decision {
  const { at, operator, comment, waiting, signed } = decision
  const call = state.calls.get(decision.call)
  const why = whyUndecidable(call, decision)
  if (call === undefined || why !== null) return unrecorded(why ?? notPending)
  const recorded = recorder(state, at)
  const leaf = state.capabilities.get(call.capability)
  recorded.record(
    'call.denied',
    { call: call.id, operator: operator.id, comment, collected: waiting, signed },
    {
      actor: { kind: 'operator', id: operator.id },
      cause: call.lastSeq,
      ...(leaf === undefined ? {} : { authority: authorityOf(leaf) }),
    },
  )
  return accepted(recorded)
}

const notPending = refusal('not-found', 'No such call waits for a decision.', 'See the pending approvals.')

function whyUndecidable(call: Call | undefined, { at, digest }: ApprovalDecision): Refusal | null {
  if (call?.stage !== 'held') return notPending
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
