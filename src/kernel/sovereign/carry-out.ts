/** From an order that is in order to its decider. There is one for each kind, and the set is closed. */
import { Fault } from '../../base/fault.ts'
import { approve, deny } from '../approval/settle-approval.ts'
import { acceptCode, amendCanon } from '../canon/amend.ts'
import { revokeByOrder } from '../capability/derive.ts'
import { narrow } from '../capability/tighten.ts'
import type { ActionOf, Command, OrderAction } from '../command.ts'
import type { Decision } from '../decision.ts'
import { resumeDomain, resumeScope } from '../halt/scope.ts'
import { addSubject, createEscrow, eraseSubject } from '../privacy/erase.ts'
import { placeHold, releaseHold } from '../privacy/hold.ts'
import { governProcess } from '../process/freeze.ts'
import type { State } from '../state.ts'
import { change, register } from './domains.ts'
import { enrol, revokeOperator, rotate } from './operators.ts'
import type { OrderedBy } from './ordered.ts'
import { decline } from './proposals.ts'
import { addAgent, addDriver, grant, kill, removeAgent, removeDriver, updateDriver } from './registry.ts'

/** What the kernel's process says beside an order. */
type Beside = Extract<Command, { kind: 'order' }>

type Handler<Do extends OrderAction['do']> = (
  state: State,
  by: OrderedBy,
  action: ActionOf<Do>,
  beside: Beside,
) => Decision

const handlers: { readonly [Do in OrderAction['do']]: Handler<Do> } = Object.freeze({
  'driver.add': addDriver,
  'driver.update': updateDriver,
  'driver.remove': removeDriver,
  'agent.add': addAgent,
  'agent.remove': removeAgent,
  'process.kill': kill,
  'process.freeze': governProcess,
  'process.thaw': governProcess,
  'process.weigh': governProcess,
  'capability.grant': grant,
  'capability.revoke': revokeByOrder,
  'capability.narrow': narrow,
  'call.approve': approve,
  'call.deny': deny,
  'domain.resume': resumeDomain,
  'scope.resume': resumeScope,
  'canon.amend': amendCanon,
  'code.accept': acceptCode,
  'operator.enrol': enrol,
  'operator.rotate': rotate,
  'operator.revoke': revokeOperator,
  'order.confirm': unconfirmable,
  'order.decline': decline,
  'subject.add': addSubject,
  'subject.erase': eraseSubject,
  'hold.place': placeHold,
  'hold.release': releaseHold,
  'escrow.create': createEscrow,
  'domain.register': register,
  'domain.freeze': change,
  'domain.unfreeze': change,
  'domain.remove': change,
})

function unconfirmable(): never {
  throw new Fault('a confirmation carries out another order')
}

/** Decides what an order asks for. */
export function carryOut(state: State, by: OrderedBy, action: OrderAction, beside: Beside): Decision {
  const handler = handlers[action.do] as Handler<OrderAction['do']>
  return handler(state, by, action, beside)
}
