/**
 * Values of the state as JSON and back, exactly: what was a map, a set, an array, or an object without a
 * prototype, is one again, with the same order. So a state that was written and read behaves like the one that
 * was not, also where somebody's argument is named `constructor`.
 */
import { Fault, invariant } from '../../base/fault.ts'

const deepest = 128

/** What `value` is written as: objects as they are, everything else as an array that begins with what it is. */
export function toPlain(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value
  invariant(depth < deepest, 'the state is not nested that deeply')
  const inner = (item: unknown): unknown => toPlain(item, depth + 1)
  if (Array.isArray(value)) return ['array', ...value.map(inner)]
  if (value instanceof Map) return ['map', ...[...value].flat(1).map(inner)]
  if (value instanceof Set) return ['set', ...[...value].map(inner)]
  const members = Object.entries(value)
  if (Object.getPrototypeOf(value) === null) return ['bare', ...members.flat(1).map(inner)]
  return Object.fromEntries(members.map(([name, item]) => [name, inner(item)]))
}

/** The value that was written. Faults at anything that `toPlain` does not write. */
export function fromPlain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (!Array.isArray(value)) {
    const members = value as { [name: string]: unknown }
    for (const name of Object.keys(members)) members[name] = fromPlain(members[name])
    return members
  }
  const items = value.slice(1).map(fromPlain)
  if (value[0] === 'array') return items
  if (value[0] === 'set') return new Set(items)
  if (value[0] === 'map') return new Map(pairs(items))
  if (value[0] !== 'bare') throw new Fault('a value of a snapshot is of an unknown sort')
  const bare = Object.create(null) as { [name: string]: unknown }
  for (const [name, item] of pairs(items)) bare[String(name)] = item
  return bare
}

function* pairs(items: readonly unknown[]): Generator<readonly [unknown, unknown]> {
  invariant(items.length % 2 === 0, 'names and values come in pairs')
  for (let at = 0; at < items.length; at += 2) yield [items[at], items[at + 1]]
}
