/**
 * Judging one argument. `satisfies` is total: whatever the value, it answers, and anything it does not
 * understand is a no. `implies` decides, conservatively, whether one constraint is as narrow as another.
 */
import type { Json } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { literalPrefix, matchesGlob } from './glob.ts'
import { isWithin } from './path.ts'
import type { Constraint } from './terms.ts'

const globTextLength = 4096

/** True when `value` is allowed by `constraint`. */
export function satisfies(constraint: Constraint, value: Json): boolean {
  if ('any' in constraint) return true
  if ('eq' in constraint) return sameJson(constraint.eq, value)
  if ('in' in constraint) return isAmong(constraint.in, value)
  if ('every' in constraint)
    return Array.isArray(value) && value.every((item) => satisfies(constraint.every, item))
  if ('range' in constraint) {
    const { min, max } = constraint.range
    return (
      typeof value === 'number' && (min === undefined || value >= min) && (max === undefined || value <= max)
    )
  }
  if (typeof value !== 'string') return false
  if ('prefix' in constraint) return value.startsWith(constraint.prefix)
  if ('glob' in constraint) return value.length <= globTextLength && matchesGlob(constraint.glob, value)
  return isWithin(constraint.within, value)
}

function isAmong(values: readonly Json[], value: Json): boolean {
  for (const allowed of values) if (sameJson(allowed, value)) return true
  return false
}

/** True when everything `child` allows is certainly allowed by `parent`. False may only mean "cannot tell". */
export function implies(child: Constraint, parent: Constraint): boolean {
  if ('any' in parent) return true
  if (sameJson(child, parent)) return true
  if ('eq' in child) return satisfies(parent, child.eq)
  if ('in' in child) return child.in.every((value) => satisfies(parent, value))
  if ('range' in child && 'range' in parent) {
    const { min = -Infinity, max = Infinity } = child.range
    return min >= (parent.range.min ?? -Infinity) && max <= (parent.range.max ?? Infinity)
  }
  if ('every' in child && 'every' in parent) return implies(child.every, parent.every)
  const start = knownStart(child)
  if (start === null) return false
  if ('prefix' in parent) return start.startsWith(parent.prefix)
  // A use must satisfy the parent too, so a child need only lie below the parent's folder as text.
  if ('within' in parent)
    return 'within' in child ? isWithin(parent.within, child.within) : below(parent.within, start)
  return false
}

/** Structural equality of JSON values; the order of members does not matter. */
export function sameJson(left: Json, right: Json): boolean {
  if (left === right) return true
  if (Array.isArray(left)) {
    return (
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, at) => sameJson(item, right[at] as Json))
    )
  }
  if (!isJsonObject(left) || !isJsonObject(right)) return false
  const names = Object.keys(left)
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && sameJson(left[name] as Json, right[name] as Json))
  )
}

function knownStart(constraint: Constraint): string | null {
  if ('prefix' in constraint) return constraint.prefix
  if ('glob' in constraint) return literalPrefix(constraint.glob)
  if ('within' in constraint) return constraint.within
  return null
}

function below(root: string, start: string): boolean {
  return start.startsWith(root === '/' ? root : `${root}/`)
}
