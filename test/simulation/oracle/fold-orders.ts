/**
 * Every root of authority is an order that a person signed. An event that says so must carry the very record
 * and signature that one of them made, once, and must have done what the record says and nothing else.
 */
import type { Event, SignedOrder } from '../../../src/kernel/event.ts'
import { canonical } from './constraint.ts'
import { demandEntitled } from './fold-sovereign.ts'
import type { Model } from './model.ts'
import { demand } from './violation.ts'
import type { Witness } from './witness.ts'

interface Order {
  readonly command: { readonly do: string; readonly [name: string]: unknown }
  readonly operator: number
  readonly nonce: string
}

/** What of an event's body the order must have said, by the order's name. */
const said: { readonly [order: string]: readonly (readonly [string, string])[] } = {
  'driver.add': [
    ['name', 'name'],
    ['manifest', 'manifest'],
  ],
  'driver.update': [
    ['driver', 'driver'],
    ['manifest', 'manifest'],
  ],
  'driver.remove': [['driver', 'driver']],
  'agent.add': [
    ['name', 'name'],
    ['tokenDigest', 'tokenDigest'],
  ],
  'agent.remove': [['agent', 'agent']],
  'process.kill': [
    ['process', 'process'],
    ['reason', 'reason'],
  ],
  'capability.grant': [
    ['holder', 'holder'],
    ['object', 'object'],
    ['caveats', 'caveats'],
  ],
  'process.freeze': [['process', 'process']],
  'process.thaw': [['process', 'process']],
  'process.weigh': [
    ['process', 'process'],
    ['weight', 'weight'],
    ['priority', 'priority'],
  ],
  'capability.revoke': [['capability', 'capability']],
  'capability.narrow': [
    ['capability', 'capability'],
    ['caveats', 'caveats'],
  ],
  'call.approve': [
    ['call', 'call'],
    ['comment', 'comment'],
    ['answer', 'answer'],
  ],
  'call.deny': [
    ['call', 'call'],
    ['comment', 'comment'],
  ],
  'domain.resume': [],
  'scope.resume': [['scope', 'scope']],
  'operator.enrol': [
    ['name', 'name'],
    ['level', 'level'],
    ['publicKey', 'publicKey'],
    ['domain', 'domain'],
  ],
  'operator.rotate': [
    ['operator', 'operator'],
    ['publicKey', 'publicKey'],
  ],
  'operator.revoke': [
    ['operator', 'operator'],
    ['reason', 'reason'],
  ],
  'order.confirm': [['proposal', 'proposal']],
  'order.decline': [
    ['proposal', 'proposal'],
    ['reason', 'reason'],
  ],
  'domain.register': [
    ['name', 'name'],
    ['weight', 'weight'],
  ],
  'domain.freeze': [
    ['name', 'name'],
    ['reason', 'reason'],
  ],
  'domain.unfreeze': [['name', 'name']],
  'domain.remove': [['name', 'name']],
  'canon.amend': [
    ['canon', 'canon'],
    ['signatures', 'signatures'],
  ],
  'code.accept': [['digest', 'digest']],
}

const kinds: { readonly [order: string]: Event['kind'] } = {
  'driver.add': 'driver.added',
  'driver.update': 'driver.updated',
  'driver.remove': 'driver.removed',
  'agent.add': 'agent.added',
  'agent.remove': 'agent.removed',
  'process.kill': 'process.killed',
  'process.freeze': 'process.frozen',
  'process.thaw': 'process.thawed',
  'process.weigh': 'process.weighed',
  'capability.grant': 'capability.granted',
  'capability.revoke': 'capability.revoked',
  'capability.narrow': 'capability.narrowed',
  'call.approve': 'call.approved',
  'call.deny': 'call.denied',
  'domain.resume': 'domain.resumed',
  'scope.resume': 'scope.resumed',
  'operator.enrol': 'operator.enrolled',
  'operator.rotate': 'operator.rotated',
  'operator.revoke': 'operator.revoked',
  'order.confirm': 'order.confirmed',
  'order.decline': 'order.declined',
  'domain.register': 'domain.registered',
  'domain.freeze': 'domain.frozen',
  'domain.unfreeze': 'domain.unfrozen',
  'domain.remove': 'domain.removed',
  'canon.amend': 'canon.amended',
  'code.accept': 'code.accepted',
}

/** Stops unless an enrolled operator signed exactly this. */
export function demandOrder(
  model: Model,
  witness: Witness,
  event: Event & { readonly body: { readonly signed: SignedOrder } },
): void {
  const { record, signature } = event.body.signed
  demand(
    witness.signed.get(record) === signature,
    'I5 confinement',
    `event ${event.seq} carries an order nobody signed`,
  )
  const { command, operator, nonce } = JSON.parse(record) as Order
  demand(model.operators.has(operator), 'I5 confinement', `order ${nonce} is of no operator`)
  demand(
    event.actor.kind === 'operator' && event.actor.id === operator,
    'I5 confinement',
    `order ${nonce} has another author`,
  )
  const { realm } = model
  const isConfirmed = realm.confirmed === record
  demand(
    isConfirmed || realm.confirmed === null,
    'I6 mediation',
    'a confirmed order was not carried out at once',
  )
  realm.confirmed = null
  demandEntitled(model, event, { operator, command, isConfirmed })
  demand(isConfirmed || !model.nonces.has(nonce), 'I13 once', `order ${nonce} was carried out twice`)
  model.nonces.add(nonce)
  if (event.kind === 'order.proposed') return
  const isSeconding = command.do === 'call.approve' && event.kind === 'call.seconded'
  demand(
    isSeconding || kinds[command.do] === event.kind,
    'I5 confinement',
    `${command.do} made ${event.kind}`,
  )
  const body = event.body as unknown as { readonly [name: string]: unknown }
  // What is answered is what the last of several approvals says.
  const asked = (said[command.do] ?? []).filter(([ordered]) => !isSeconding || ordered !== 'answer')
  for (const [ordered, done] of asked)
    demand(
      canonical(command[ordered]) === canonical(body[done]),
      'I5 confinement',
      `${command.do} was carried out with another ${done}`,
    )
  if (command.do !== 'call.approve' && command.do !== 'call.deny') return
  const shown = model.calls.get(Number(command['call']))?.approvalDigest
  demand(
    command['digest'] === shown,
    'I6 mediation',
    `k${String(command['call'])} is not what the operator was shown`,
  )
}
