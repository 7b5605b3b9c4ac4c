/**
 * Does refolding the ledger from nothing give every state root that was ever published, and does the newest
 * one sign the head?
 */
import { evolve } from '../../../src/kernel/evolve.ts'
import { stateRoot } from '../../../src/kernel/root.ts'
import { initialState } from '../../../src/kernel/state.ts'
import type { Checkpoint } from '../../../src/ledger/checkpoint.ts'
import type { Evidence } from '../evidence.ts'

/** Published roots and chain values that the ledger does not bear out. */
export function judgeRoots({ batches, checkpoints }: Evidence): readonly string[] {
  const published = new Map<number, Checkpoint[]>()
  for (const checkpoint of checkpoints) {
    published.set(checkpoint.seq, [...(published.get(checkpoint.seq) ?? []), checkpoint])
  }
  const violations: string[] = []
  const state = initialState()
  for (const { records, seq, hash } of batches) {
    try {
      for (const { event } of records) evolve(state, event)
    } catch (error) {
      return [...violations, `the fold breaks in the batch of event ${seq}: ${String(error)}`]
    }
    const root = published.has(seq) ? stateRoot(state) : ''
    for (const { number, ...stated } of published.get(seq) ?? []) {
      if (stated.hash !== hash) violations.push(`checkpoint ${number} signs another history of event ${seq}`)
      if (stated.stateRoot !== root)
        violations.push(`refolding to ${seq} is not what checkpoint ${number} signs`)
    }
    published.delete(seq)
  }
  for (const [seq, [first]] of published)
    violations.push(`checkpoint ${first?.number} signs event ${seq}, which is lost`)
  const newest = checkpoints.toSorted((a, b) => a.number - b.number).at(-1)
  if (newest?.seq !== state.seq)
    violations.push(`the head is event ${state.seq}, and the newest checkpoint signs ${newest?.seq}`)
  return violations
}
