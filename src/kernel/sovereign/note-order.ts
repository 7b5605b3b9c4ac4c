/**
 * Remembering accepted orders. Part of the fold: every event that carries a signed order notes its nonce, for
 * as long as an order that old could be accepted again.
 */
import { invariant } from '../../base/fault.ts'
import type { Instant, OperatorId } from '../../base/ids.ts'
import type { SignedOrder } from '../event.ts'
import { limits } from '../limits.ts'
import type { State } from '../state.ts'

/** Notes the order of an event that must have one, and returns who gave it. */
export function noteOrder(
  state: State,
  event: { readonly at: Instant; readonly body: { readonly signed: SignedOrder | null } },
): OperatorId {
  invariant(event.body.signed !== null, 'an ordered event carries its order')
  const record = JSON.parse(event.body.signed.record) as {
    nonce: string
    time: Instant
    operator: OperatorId
  }
  for (const [nonce, time] of state.nonces) {
    if (event.at - time > 2 * limits.orderSkewMs) state.nonces.delete(nonce)
  }
  state.nonces.set(record.nonce, record.time)
  return record.operator
}
