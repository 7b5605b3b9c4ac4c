/**
 * Every kind of order, as a list that exists when the program runs: a canon that names a kind which there is not would
 * promise something that never happens, so it is refused.
 */
import type { OrderAction } from '../command.ts'

/** The kinds. The compiler holds this against the orders that there are. */
export const orderKinds: { readonly [K in OrderAction['do']]: true } = {
  'driver.add': true,
  'driver.update': true,
  'driver.remove': true,
  'agent.add': true,
  'agent.remove': true,
  'process.kill': true,
  'process.freeze': true,
  'process.thaw': true,
  'process.weigh': true,
  'capability.grant': true,
  'capability.narrow': true,
  'capability.revoke': true,
  'call.approve': true,
  'call.deny': true,
  'domain.resume': true,
  'scope.resume': true,
  'operator.enrol': true,
  'operator.rotate': true,
  'operator.revoke': true,
  'order.confirm': true,
  'order.decline': true,
  'domain.register': true,
  'domain.freeze': true,
  'domain.unfreeze': true,
  'domain.remove': true,
  'canon.amend': true,
  'code.accept': true,
}
