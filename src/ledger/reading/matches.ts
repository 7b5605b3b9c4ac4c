/** The events of one segment that several posting lists have in common, from the newest back. */
import type { Dimension } from './dimension.ts'
import type { SegmentSource } from './segment-source.ts'

/** Places below `below` at which all of `terms` hold, descending; every place when there are none. */
export function* matches(
  source: SegmentSource,
  terms: readonly (readonly [Dimension, number])[],
  below: number,
): Generator<number, void, undefined> {
  const [first, ...others] = terms.map(([dimension, key]) => source.descend(dimension, key, below))
  if (first === undefined) {
    for (let place = below - 1; place >= 0; place--) yield place
    return
  }
  while (first.place >= 0) {
    const { place } = first
    let lowest = place
    for (const other of others) {
      if (other.place > lowest) other.seek(lowest)
      lowest = Math.min(lowest, other.place)
    }
    if (lowest < 0) return
    if (lowest === place) {
      yield place
      first.advance()
    } else first.seek(lowest)
  }
}
