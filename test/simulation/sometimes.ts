/**
 * What a campaign must have seen to mean anything. A simulator whose worlds never reach a state says nothing
 * about it, so an unreached one fails the campaign as surely as a violation.
 */
import { aboutDrivers } from './about-drivers.ts'
import type { World } from './world/world.ts'

/** Names of everything that must happen in some seed of a large campaign. */
export const mustHappen: readonly string[] = [
  'call.held',
  'call.approved',
  'call.denied',
  'call.lapsed',
  'capability.derived',
  'capability.revoked',
  'capability.moved',
  'capability.narrowed',
  'call.seconded',
  'joined by a grant of another operator',
  'paid from a budget',
  'a budget came back',
  'cut by a narrowing',
  'cut by a move',
  'agent.removed',
  'process.killed',
  'process.spawned',
  'process.ended',
  'process.frozen',
  'process.thawed',
  'process.weighed',
  'timer.set',
  'timer.fired',
  'timer.cancelled',
  'told timer',
  'timed out before it left',
  'given to a child',
  'a child acts',
  'driver.removed',
  'domain.halted',
  'domain.resumed',
  'scope.halted',
  'scope.resumed',
  'cut by a halt',
  'refusals.aggregated',
  'outcome done',
  'outcome failed',
  'outcome timed-out',
  'outcome cancelled',
  'outcome in-doubt',
  'halted',
  'not-held',
  'revoked',
  'expired',
  'exhausted',
  'rate-limited',
  'selector-not-granted',
  'too-broad',
  'argument-refused',
  'definition-changed',
  'driver-unavailable',
  'not-derivable',
  'canon',
  'not-entitled',
  'approval-denied',
  'bad-arguments',
  'approved and admitted at once',
  'approved and collected by a retry',
  'denied and collected by a retry',
  'lapsed: expired',
  'lapsed: revoked',
  'lapsed: killed',
  'lapsed: withdrawn',
  'revoked in flight',
  'released',
  'given to another process',
  'segment rolled over',
  'room reserved',
  'room none',
  'large arguments',
  'torn tail set aside',
  'kernel restarted',
  'adapter restarted',
  'supervisor killed',
  'disk failed under the kernel',
  'heard ledger-unavailable',
  'order refused: order-replayed',
  'order refused: signature-invalid',
  'order refused: order-stale',
  'order refused: version-mismatch',
  'driver.updated',
  'client asked: client/roots',
  'client asked: client/sampling',
  'client asked: client/elicitation',
  'client’s question withdrawn',
  'question answered: client/roots',
  'question answered: client/sampling',
  'question answered: client/elicitation',
  'question refused: not-held',
  'question refused: not-found',
  'question refused: canon',
  'question refused: exhausted',
  'question refused: rate-limited',
  'question refused: argument-refused',
  'question refused: approval-denied',
  'question refused: killed',
  'question held',
  'question approved',
  'question answered by an operator',
  'question: withdrawn',
  'question: cancelled',
  'question ended with its call',
  'question in no call',
  'question: in-doubt',
  'question: failed',
  'driver killed',
  'lapsed by an update',
  'cancelled by an update',
  'told progress',
  'told log',
  'told resource-updated',
  'told resources-changed',
  'resources listed',
  'operator.enrolled',
  'operator.rotated',
  'operator.revoked',
  'order.proposed',
  'order.confirmed',
  'order.declined',
  'statement.accepted',
  'a proposal lapsed',
  'a frozen domain refused',
  'a domain without a valid statement refused',
  'domains side by side',
  'statement refused: order-stale',
  'statement refused: not-entitled',
  'statement refused: signature-invalid',
  'order refused: not-entitled',
  'canon.amended',
  'canon.acknowledged',
  'order refused: canon',
]

/** Adds what the ledger of a finished seed shows to its counters. */
export function countSometimes(world: World): void {
  const { events, nodes, calls } = world.oracle.model
  for (const call of calls.values()) {
    if (call.joined.length > 0) world.note('joined by a grant of another operator')
    if (call.payer !== null && call.cost > 0) world.note('paid from a budget')
  }
  for (const { amount, parent, revoked } of nodes.values())
    if (revoked && amount !== null && parent !== null) world.note('a budget came back')
  for (const event of events) {
    world.note(event.kind)
    for (const name of aboutDrivers(world.oracle.model, event)) world.note(name)
    switch (event.kind) {
      case 'call.settled':
        world.note(`outcome ${event.body.outcome}`)
        if (event.body.released) world.note('released')
        if (event.body.released && event.body.outcome === 'timed-out') world.note('timed out before it left')
        if (event.body.reason.includes('revoked')) world.note('revoked in flight')
        if (event.body.reason === 'its process was halted') world.note('cut by a halt')
        break
      case 'syscall.refused':
        world.note(event.body.code)
        if (event.body.collects !== 0) world.note('denied and collected by a retry')
        break
      case 'order.declined':
        if (event.body.operator === 0) world.note('a proposal lapsed')
        break
      case 'order.refused':
        if (event.body.message.includes('is frozen')) world.note('a frozen domain refused')
        if (event.body.message.includes('has expired'))
          world.note('a domain without a valid statement refused')
        break
      case 'call.lapsed':
        world.note(`lapsed: ${event.body.reason}`)
        break
      case 'call.admitted':
        if (isChild(world, event.body.process)) world.note('a child acts')
        if ((event.payload?.length ?? 0) > 4_096) world.note('large arguments')
        if (events[event.cause - 1]?.kind !== 'call.approved') break
        world.note(
          event.cause === event.seq - 1
            ? 'approved and admitted at once'
            : 'approved and collected by a retry',
        )
        break
      case 'capability.moved':
        if (event.body.cut.length > 0) world.note('cut by a move')
        break
      case 'capability.narrowed':
        if (event.body.cut.length > 0) world.note('cut by a narrowing')
        break
      case 'capability.derived':
        if (nodes.get(event.body.parent)?.holder !== Number(event.body.holder))
          world.note('given to another process')
        if (isChild(world, event.body.holder)) world.note('given to a child')
        break
      default:
    }
  }
  if (world.disk.list().includes('00000003.seg')) world.note('segment rolled over')
}

function isChild({ oracle }: World, process: number): boolean {
  return (oracle.model.processes.get(process)?.parent ?? 0) !== 0
}
