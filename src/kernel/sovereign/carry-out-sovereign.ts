/** From an order about operators, proposals or domains to its decider. */
import { invariant } from '../../base/fault.ts'
import type { Decision } from '../decision.ts'
import type { State } from '../state.ts'
import type { SovereignAction } from './action.ts'
import { change, register } from './domains.ts'
import { enrol, revokeOperator, rotate } from './operators.ts'
import type { OrderedBy } from './ordered.ts'
import { decline } from './proposals.ts'

/** Decides it. A confirmation is not one: it carries out another order. */
export function carryOutSovereign(state: State, by: OrderedBy, action: SovereignAction): Decision {
  switch (action.do) {
    case 'operator.enrol':
      return enrol(state, by, action)
    case 'operator.rotate':
      return rotate(state, by, action)
    case 'operator.revoke':
      return revokeOperator(state, by, action)
    case 'order.decline':
      return decline(state, by, action)
    case 'domain.register':
      return register(state, by, action)
    case 'domain.freeze':
    case 'domain.unfreeze':
    case 'domain.remove':
      return change(state, by, action)
    case 'order.confirm':
      invariant(false, 'a confirmation carries out another order')
  }
}
