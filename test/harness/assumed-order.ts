/**
 * Orders for a kernel whose caller says whether they were signed: nobody signs here, because what is asked is what the
 * kernel decides, given that a signature holds or does not.
 */
import type { Instant, OperatorId } from '../../src/base/ids.ts'
import { id } from '../../src/base/ids.ts'
import { canonVersion } from '../../src/kernel/canon/first-edition.ts'
import type { OrderAction, OrderRecord, VerifiedOrder } from '../../src/kernel/command.ts'
import { builtinJudge } from '../../src/kernel/gate/judge.ts'

/** When it is given, which order of its operator it is, and what of it is unlike an ordinary one. */
export interface Assumed extends Partial<
  Pick<OrderRecord, 'domain' | 'nonce' | 'policyVersion' | 'canonVersion'>
> {
  /** Ledger time. */
  readonly time: number
  /** No two orders of one history have the same. */
  readonly count: number
  readonly operator?: number
  readonly signatureValid?: boolean
  readonly proofValid?: boolean
}

/** An order of operator 1 in `main` that was well signed, but for what is said. */
export function assumedOrder(command: OrderAction, assumed: Assumed): VerifiedOrder {
  const record: OrderRecord = {
    command,
    domain: assumed.domain ?? 'main',
    operator: id<OperatorId>(assumed.operator ?? 1),
    nonce: assumed.nonce ?? assumed.count.toString(16).padStart(32, '0'),
    policyVersion: assumed.policyVersion ?? builtinJudge.version,
    canonVersion: assumed.canonVersion ?? canonVersion,
    time: id<Instant>(assumed.time),
  }
  const signed = { record: JSON.stringify(record), signature: 's' }
  const { signatureValid = true, proofValid = true } = assumed
  return { record, signed, signatureValid, proofValid }
}
