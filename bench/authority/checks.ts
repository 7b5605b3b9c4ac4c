/** Capability checks one after the other, each only after the last one's answer, and reads of bare records. */
import type { CapabilityId } from '../../src/base/ids.ts'
import { allowsSelector } from '../../src/kernel/capability/narrow.ts'
import { whyUnreservable } from '../../src/kernel/capability/reserve.ts'
import { termsOf, whyDead, whyNotLive } from '../../src/kernel/capability/tree.ts'
import type { State } from '../../src/kernel/state.ts'
import { moment } from './large-tree.ts'

/** Asks whether a capability may be used now. */
export type Question = (state: State, leaf: CapabilityId) => boolean

/** Life, expiry, right and uses along the chain, read where they are. */
export const mayUse: Question = (state, leaf) => {
  if (whyNotLive(state, leaf, moment) !== null) return false
  const { capabilities } = state
  let isGranted = false
  for (let level: CapabilityId | 0 = leaf; level !== 0; level = capabilities.termedAbove(level)) {
    const { selectors, uses } = capabilities.caveatsOf(level)
    if (selectors?.includes('tools/read') === false) return false
    if (uses !== undefined && capabilities.takenOf(level) >= uses) return false
    isGranted ||= selectors !== undefined
  }
  return isGranted
}

/** The same as the gate asks it, which goes on to judge arguments by the levels that have terms. */
export const mayPass: Question = (state, leaf) => {
  const chain = termsOf(state, leaf)
  return (
    whyDead(state, chain, moment) === null &&
    allowsSelector(chain, 'tools/read') &&
    whyUnreservable(state, chain, moment) === null
  )
}

/** Asks about all of `order`; each next index depends on the answer before it. Returns how many there were. */
export function askInTurn(state: State, order: readonly CapabilityId[], question: Question): number {
  let allowed = 1
  for (let at = 0; at < order.length; at++) {
    allowed = question(state, order[at + allowed - 1] as CapabilityId) ? 1 : 0
    if (allowed === 0) throw new Error('a living capability was refused')
  }
  return order.length
}

/** Words of a bare record: as large as the table's own. */
export const recordWords = 15

/** Reads all words of a record for each of `order`, each record only after the one before. */
export function readInTurn(records: Uint32Array, order: readonly number[]): number {
  let one = 1
  for (let at = 0; at < order.length; at++) {
    const start = (order[at + one - 1] as number) * recordWords
    for (let word = 0; word < recordWords; word++) one &= records[start + word] as number
    if (one !== 1) throw new Error('a record is not what was written')
  }
  return order.length
}
