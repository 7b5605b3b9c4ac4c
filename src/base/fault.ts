/**
 * A Fault is a broken invariant: the program is wrong, or its memory or disk is. The process that finds
 * one stops; nobody catches it to carry on. Everything expected is a Refusal instead.
 */
export class Fault extends Error {
  override readonly name = 'Fault'
}

/** Stops with a Fault unless `condition` holds. `message` says which promise was broken. */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Fault(message)
}

/** What must be there; a Fault that says which promise was broken when it is not. */
export function found<T>(value: T | undefined | null, message: string): T {
  invariant(value !== undefined && value !== null, message)
  return value
}

/** Marks a `switch` as exhaustive: it does not compile while a case is missing, and faults if reached. */
export function unreachable(value: never): never {
  throw new Fault(`unreachable value: ${String(value)}`)
}
