/**
 * Remembering accepted orders. Part of the fold: every event that carries a signed order notes its nonce, for
 * as long as an order that old could be accepted again.
 */
import type { OperatorId } from '../../base/ids.ts'
import { keptJson } from '../../base/strict-json.ts'
import type { OrderRecord } from '../command.ts'
import type { Event } from '../event.ts'
import { limits } from '../limits.ts'
import type { State } from '../state.ts'

/** Notes the order that an event carries, if it does, and returns who gave it, or 0. */
export function noteOrder(state: State, { at, body }: Event): OperatorId | 0 {
  if (!('signed' in body) || !body.signed) return 0
  const { nonce, time, operator } = keptJson(body.signed.record) as unknown as OrderRecord
  for (const [known, knownTime] of state.nonces)
    if (at - knownTime > 2 * limits.orderSkewMs) state.nonces.delete(known)
  state.nonces.set(nonce, time)
  return operator
}
