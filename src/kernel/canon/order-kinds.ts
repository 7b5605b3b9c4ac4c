/**
 * Every kind of order, as a list that exists when the program runs, with when it is heard. A canon that names a kind
 * which there is not would promise something that never happens, so it is refused.
 */
import type { OrderAction } from '../command.ts'

/**
 * When an order is heard: `always`, when it can only lessen what may happen, even where the sovereign’s word is old;
 * `halted`, when it is a way out of a halt, or needed before there is one; or while the domain runs.
 */
export type Hearing = 'always' | 'halted' | 'running'

/** The kinds. The compiler holds this against the orders that there are. */
export const orderKinds: { readonly [K in OrderAction['do']]: Hearing } = {
  'driver.add': 'running',
  'driver.update': 'running',
  'driver.remove': 'always',
  'agent.add': 'running',
  'agent.remove': 'always',
  'process.kill': 'always',
  'process.freeze': 'always',
  'process.thaw': 'running',
  'process.weigh': 'running',
  'capability.grant': 'running',
  'capability.narrow': 'always',
  'capability.revoke': 'always',
  'call.approve': 'running',
  'call.deny': 'always',
  'domain.resume': 'halted',
  'scope.resume': 'halted',
  'operator.enrol': 'running',
  'operator.rotate': 'running',
  'operator.revoke': 'always',
  'order.confirm': 'halted',
  'order.decline': 'always',
  'domain.register': 'running',
  'domain.freeze': 'always',
  'domain.unfreeze': 'running',
  'domain.remove': 'always',
  'subject.add': 'running',
  // The law that asks for it does not wait for a halt to end.
  'subject.erase': 'halted',
  'hold.place': 'always',
  'hold.release': 'running',
  'escrow.create': 'running',
  'canon.amend': 'running',
  // Nothing runs by it while everything is halted, and without it a halted home could not start with other code.
  'code.accept': 'halted',
}

/** True for an order that can only lessen what may happen. */
export function lessens({ do: kind }: OrderAction): boolean {
  return orderKinds[kind] === 'always'
}
