/** What every decider of orders begins with and ends in: who orders, and the no that tells them why. */
import type { Instant } from '../../base/ids.ts'
import type { Decision } from '../decision.ts'
import { unrecorded } from '../decision.ts'
import type { Actor, SignedOrder } from '../event.ts'
import type { RefusalCode } from '../refusal.ts'
import { refusal } from '../refusal.ts'
import type { Operator } from '../state.ts'

/** Who orders, when, and the proof. */
export interface OrderedBy {
  readonly at: Instant
  readonly operator: Operator
  readonly signed: SignedOrder
  /** Whether a new key that the order brings signed for itself. */
  readonly proofValid?: boolean
}

/** The circumstances of an event that an order makes. */
export function actorOf({ operator }: Pick<OrderedBy, 'operator'>): { readonly actor: Actor } {
  return { actor: { kind: 'operator', id: operator.id } }
}

/** A refusal of an order that another one could avoid. Recording it is up to `decideOrder`. */
export function no(code: RefusalCode, message: string, needed = 'A corrected order.'): Decision {
  return unrecorded(refusal(code, message, needed))
}
