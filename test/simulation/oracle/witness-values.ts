/**
 * Values that a constraint certainly allows. If a child allows one that its parent does not, the child is
 * wider: a claim that can be checked without deciding implication between constraints.
 */
import type { Json } from '../../../src/base/json.ts'
import type { Constraint } from '../../../src/kernel/capability/terms.ts'

/** Some values inside the constraint; none where none is certain. */
export function witnessValues(constraint: Constraint): readonly Json[] {
  if ('any' in constraint) return [null, true, 0, -1, '/', '/etc/passwd', '', [], {}]
  if ('eq' in constraint) return [constraint.eq]
  if ('in' in constraint) return constraint.in
  if ('range' in constraint) {
    const { min, max } = constraint.range
    if (min !== undefined && max !== undefined && min > max) return []
    return [min ?? (max ?? 0) - 1000, max ?? (min ?? 0) + 1000]
  }
  if ('within' in constraint) {
    const { within } = constraint
    return [within, within === '/' ? '/x' : `${within}/x`]
  }
  // A prefix may stop where no canonical path can go on, so only a plain folder's is a certain witness.
  if ('prefix' in constraint && /^(?:\/[a-z]+)+\/$/.test(constraint.prefix)) return [`${constraint.prefix}x`]
  if ('every' in constraint) return [[], ...witnessValues(constraint.every).map((value) => [value])]
  return []
}
