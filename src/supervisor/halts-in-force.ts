/**
 * Halts in force, as the rest of the plan sees them: what may not run, what a kernel is told when it starts, and how
 * much of what a halt killed was not seen to end. A kernel hears of its own domain only, also of a halt of everything.
 */
import type { InnerScope } from './scope.ts'
import { isInScope } from './scope.ts'
import type { CarriedOutHalt, Halt, HaltsToTell, Supervision } from './supervision.ts'
import { supervision } from './supervision.ts'
import type { Unit } from './unit.ts'
import { isLive, ownerOf } from './unit.ts'

/** The halt that keeps a unit from running, or null. Kernels run in any case. */
export function standsStill(state: Supervision, unit: Unit): Halt | null {
  for (const found of state.halts.values()) if (isInScope(state, unit, found.scope)) return found
  return null
}

/** Whether a kernel still waits for the end of what a halt killed, so that it can tell. */
export function isHaltUnderWay(state: Supervision, domain: string, at: number): boolean {
  return [...state.halts.values()].some(
    (found) =>
      concerns(found, domain) &&
      at - found.haltedAt < supervision.lastWordsMs &&
      survivorsOf(state, found, domain) > 0,
  )
}

/** What a kernel that is about to start is told. It is told now of every halt inside its domain. */
export function haltsToTell(state: Supervision, domain: string): HaltsToTell {
  const inner: { readonly scope: InnerScope; readonly halt: CarriedOutHalt }[] = []
  for (const found of state.halts.values()) {
    const { scope } = found
    if ((scope.kind !== 'agent' && scope.kind !== 'process') || scope.domain !== domain) continue
    found.isReported = true
    found.confirmBy = null
    inner.push({ scope, halt: carriedOut(state, found, domain) })
  }
  const whole = state.halts.get('') ?? state.halts.get(domain)
  const told = whole === undefined ? null : { scope: whole.scope, halt: carriedOut(state, whole, domain) }
  return { domain: told, inner }
}

function concerns({ scope }: Halt, domain: string): boolean {
  return scope.kind === 'everything' || scope.domain === domain
}

/** A halt with what it did in one domain. */
export function carriedOut(state: Supervision, found: Halt, domain: string): CarriedOutHalt {
  const trees = found.trees.get(domain) ?? 0
  return { ...found.record, trees, survivors: survivorsOf(state, found, domain) }
}

/** Units of a domain that were in the scope and are not seen to have ended, but for kernels, which start anew. */
export function survivorsOf(state: Supervision, { scope }: Halt, domain: string): number {
  return [...state.units.values()].filter(
    (unit) =>
      unit.work.kind !== 'kernel' &&
      isLive(unit) &&
      ownerOf(unit.work) === domain &&
      isInScope(state, unit, scope),
  ).length
}
