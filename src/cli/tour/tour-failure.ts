/**
 * Reality differed from what the tour expected. The tour never plays over it: it stops and says what it
 * expected and what it found.
 */

/** What was expected, or what happened instead, in one sentence. */
export class TourFailure extends Error {
  override readonly name = 'TourFailure'
}

/** Fails the tour unless `condition` holds; `expectation` says what should have been. */
export function expect(condition: boolean, expectation: string): asserts condition {
  if (!condition) throw new TourFailure(`expected ${expectation}`)
}
