/**
 * The shapes that a canon is made of: lists of bounded length, and objects whose members are all known. Each says in a sentence what is wrong, because a person is about to sign or to amend what is read.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { limits } from '../limits.ts'

/** A list of bounded length, each of its items parsed; the first that is wrong is told. */
export function parseEach<T>(
  value: Json | undefined,
  parse: (item: Json) => Result<T, string>,
): Result<readonly T[], string> {
  if (!Array.isArray(value) || value.length > limits.canonItems) return err('A list is missing, or too long.')
  const items: T[] = []
  for (const item of value as readonly Json[]) {
    const parsed = parse(item)
    if (!parsed.ok) return parsed
    items.push(parsed.value)
  }
  return ok(items)
}

/** What is wrong with the members of an object, or null. */
export function whyMembers(
  value: JsonObject,
  needed: readonly string[],
  optional: readonly string[] = [],
): string | null {
  const missing = needed.find((name) => !Object.hasOwn(value, name))
  if (missing !== undefined) return `\`${missing}\` is missing.`
  const extra = Object.keys(value).find((name) => !needed.includes(name) && !optional.includes(name))
  return extra === undefined ? null : `\`${extra}\` is not known here.`
}
