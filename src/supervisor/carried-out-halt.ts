/**
 * What the kernel that records a halt is told of it: how many process trees were killed, and how many of them were
 * not seen to end. It waits for their end, but not for long: that it starts must not depend on what does not die.
 */
import type { CarriedOutHalt, Supervision } from './supervision.ts'
import { supervision } from './supervision.ts'
import { isLive, kernelUnit } from './unit.ts'

/** Whether the kernel still waits for the end of what the halt killed. */
export function isHaltUnderWay(state: Supervision, at: number): boolean {
  if (state.halted === null || at - state.haltedAt >= supervision.lastWordsMs) return false
  return [...state.units.values()].some((unit) => unit.name !== kernelUnit && isLive(unit))
}

/** The halt in force with what it did, or null. */
export function carriedOut({ halted, units, killedTrees }: Supervision): CarriedOutHalt | null {
  if (halted === null) return null
  const survivors = [...units.values()].filter((unit) => unit.name !== kernelUnit && isLive(unit)).length
  return { ...halted, trees: killedTrees, survivors }
}
