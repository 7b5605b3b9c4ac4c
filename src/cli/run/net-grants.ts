/**
 * What `--net HOST` signs: the run's own process may ask that host anything, without a person being asked each time.
 * It is granted to the run and not to its agent, so it ends with the run.
 */
import { id } from '../../base/ids.ts'
import type { Caveats } from '../../kernel/capability/terms.ts'
import { egressTerms } from '../../sandbox/egress/terms.ts'
import type { PlannedOrder } from '../signing.ts'
import { visible } from '../escape.ts'
import type { NetTarget } from './net-target.ts'

/** The caveats for one host. */
export function netCaveats({ host, ports, address }: NetTarget): Caveats {
  const narrowing = { ports, ...(address === null ? {} : { address }) }
  const selectors = ['http/request', 'net/connect']
  return {
    selectors,
    where: Object.fromEntries(
      selectors.map((selector) => [selector, egressTerms(selector, host, narrowing)]),
    ),
  }
}

/** The orders that grant these hosts to the run's process. */
export function netOrders(
  targets: readonly NetTarget[],
  child: number,
  net: number,
): readonly PlannedOrder[] {
  return targets.map((target) => ({
    action: {
      do: 'capability.grant',
      holder: id(child),
      object: id(net),
      caveats: netCaveats(target),
    },
    remarks: [`(process ${child} is this run; ${visible(target.host)} without asking)`],
  }))
}
