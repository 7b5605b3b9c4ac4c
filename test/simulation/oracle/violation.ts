/**
 * What an oracle says when the system did what it must never do. A violation names the invariant (I1 to I13
 * of `docs/simulation.md`), so that a failing seed tells at once which promise was broken.
 */

/** The invariants the oracles watch. `fault` is a broken invariant that the code found by itself. */
export type InvariantName =
  | 'I1 forest'
  | 'I2 attenuation'
  | 'I3 revocation'
  | 'I4 live authority'
  | 'I5 confinement'
  | 'I6 mediation'
  | 'I7 frame'
  | 'I8 atomic refusal'
  | 'I9 replay'
  | 'I10 halt'
  | 'I12 canon'
  | 'I13 once'
  | 'durability'
  | 'liveness'
  | 'fault'

/** A promise was broken. */
export class Violation extends Error {
  override readonly name = 'Violation'
  readonly invariant: InvariantName

  constructor(invariant: InvariantName, message: string) {
    super(`${invariant}: ${message}`)
    this.invariant = invariant
  }
}

/** Stops the seed with a violation of `invariant` unless `condition` holds. */
export function demand(condition: boolean, invariant: InvariantName, message: string): asserts condition {
  if (!condition) throw new Violation(invariant, message)
}

/** The value, or a violation: an event spoke of something that does not exist. */
export function known<T>(value: T | undefined, invariant: InvariantName, what: string): T {
  demand(value !== undefined, invariant, `${what} does not exist`)
  return value
}
