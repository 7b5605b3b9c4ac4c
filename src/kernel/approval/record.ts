/**
 * The approval record: exactly what an operator is shown and signs. Its digest covers the operation, the
 * arguments (through a salted digest, so the ledger reveals nothing of them once the salt's key is gone),
 * the chain of authority, the versions in force, the requester, the expiry and a nonce.
 */
import { canonicalJson } from '../../base/canonical-json.ts'
import { invariant } from '../../base/fault.ts'
import { sha256Hex } from '../../base/hash.ts'
import type { CallId, CapabilityId, Instant } from '../../base/ids.ts'
import type { CallDescription } from '../event.ts'
import type { State } from '../state.ts'

/** What goes into an approval record beside the versions in force. */
export type ApprovalSubject = CallDescription & {
  readonly call: CallId
  readonly saltedArguments: string
  /** The chain of authority, leaf first. */
  readonly chain: readonly CapabilityId[]
  /** Capabilities of other origin that it takes a use of too. */
  readonly with?: readonly CapabilityId[]
  /** How many different operators must approve it. */
  readonly approvals: number
  readonly expiresAt: Instant
  readonly nonce: string
}

/** RFC 8785 text of the record an operator approves. */
export function approvalRecord(state: State, subject: ApprovalSubject): string {
  invariant(state.domain !== null, 'approvals exist only in a domain')
  const { approvals, cost, with: joined } = subject
  return canonicalJson({
    ...(approvals > 1 ? { approvals } : {}),
    ...(cost === undefined ? {} : { cost }),
    ...(joined === undefined ? {} : { with: joined }),
    arguments: subject.saltedArguments,
    call: subject.call,
    canonVersion: state.domain.canonVersion,
    chain: subject.chain,
    domain: state.domain.name,
    effect: subject.effect,
    expiresAt: subject.expiresAt,
    nonce: subject.nonce,
    object: subject.object,
    policyVersion: state.domain.policyVersion,
    process: subject.process,
    selector: subject.selector,
  })
}

/** SHA-256 in hex of the record. */
export function approvalDigest(state: State, subject: ApprovalSubject): string {
  return sha256Hex(approvalRecord(state, subject))
}
