/** Capability checks one after the other, each only after the last one's answer, and reads of bare records. */
import type { CapabilityId } from '../../src/base/ids.ts'
import { selectorsOf } from '../../src/kernel/capability/narrow.ts'
import { whyUnreservable } from '../../src/kernel/capability/reserve.ts'
import { termsOf, whyDead } from '../../src/kernel/capability/tree.ts'
import type { State } from '../../src/kernel/state.ts'
import { moment } from './large-tree.ts'

/** What the gate asks about a capability and a selector: life, expiry, right, uses and rates along its chain. */
function mayUse(state: State, leaf: CapabilityId): boolean {
  const chain = termsOf(state, leaf)
  return (
    whyDead(state, chain, moment) === null &&
    selectorsOf(chain).has('tools/read') &&
    whyUnreservable(chain, moment) === null
  )
}

/** Checks all of `order`; each next index depends on the answer before it. Returns how many there were. */
export function checkInTurn(state: State, order: readonly CapabilityId[]): number {
  let allowed = 1
  for (let at = 0; at < order.length; at++) {
    allowed = mayUse(state, order[at + allowed - 1] as CapabilityId) ? 1 : 0
    if (allowed === 0) throw new Error('a living capability was refused')
  }
  return order.length
}

/** Words of a bare record: as large as the table's own. */
export const recordWords = 15

/** Reads four words of a record for each of `order`, each only after the one before. */
export function readInTurn(records: Uint32Array, order: readonly number[]): number {
  let one = 1
  for (let at = 0; at < order.length; at++) {
    const start = (order[at + one - 1] as number) * recordWords
    one =
      (records[start] as number) &
      (records[start + 1] as number) &
      (records[start + 2] as number) &
      (records[start + 3] as number)
    if (one !== 1) throw new Error('a record is not what was written')
  }
  return order.length
}
