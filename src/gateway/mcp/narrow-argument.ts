/**
 * One argument's schema, narrowed by the constraints of the capabilities that allow the argument. A keyword
 * is only ever tightened, and only where it means what the constraint means; what no keyword can say, and
 * what people wrote a pattern of their own for, becomes a sentence of the description.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { sameJson, satisfies } from '../../kernel/capability/constraint.ts'
import type { Constraint } from '../../kernel/capability/terms.ts'

/**
 * `schema` as it should be shown when each of `choices` is all that one capability asks of the argument: one
 * of them must hold whole. A schema that is not an object or `true` comes back as it is.
 */
export function narrowArgument(schema: Json, choices: readonly (readonly Constraint[])[]): Json {
  const base = schema === true ? {} : schema
  if (!isJsonObject(base)) return schema
  const finite = valuesOf(choices)
  const narrowed = finite === null ? shared(choices).reduce(tighten, base) : among(base, finite)
  return schema === true && Object.keys(narrowed).length === 0 ? schema : narrowed
}

/** Every value that some capability allows, or null when they are not all listed. */
function valuesOf(choices: readonly (readonly Constraint[])[]): readonly Json[] | null {
  const found: Json[] = []
  for (const constraints of choices) {
    const listed = constraints.flatMap((one) => ('eq' in one ? [[one.eq]] : 'in' in one ? [one.in] : []))
    const [first] = listed
    if (first === undefined) return null
    for (const value of first) {
      if (!constraints.every((one) => satisfies(one, value))) continue
      if (!found.some((known) => sameJson(known, value))) found.push(value)
    }
  }
  return choices.length === 0 ? null : found
}

/** Constraints that every capability sets. */
function shared(choices: readonly (readonly Constraint[])[]): readonly Constraint[] {
  const [first = [], ...others] = choices
  return first.filter((one) => others.every((list) => list.some((other) => sameJson(one, other))))
}

function among(schema: JsonObject, values: readonly Json[]): JsonObject {
  if (values.length === 0 || 'const' in schema) return schema
  const listed = schema['enum']
  if (listed === undefined)
    return values.length === 1 ? { ...schema, const: values[0]! } : { ...schema, enum: values }
  if (!Array.isArray(listed)) return schema
  const kept = (listed as readonly Json[]).filter((value) => values.some((one) => sameJson(one, value)))
  return kept.length === 0 ? schema : { ...schema, enum: kept }
}

function tighten(schema: JsonObject, constraint: Constraint): JsonObject {
  if ('range' in constraint) {
    const { min, max } = constraint.range
    return bounded(bounded(schema, 'minimum', min), 'maximum', max)
  }
  if ('prefix' in constraint) {
    const said = say(schema, `Must start with ${JSON.stringify(constraint.prefix)}.`)
    return 'pattern' in schema ? said : { ...said, pattern: `^${escaped(constraint.prefix)}` }
  }
  if ('glob' in constraint)
    return say(schema, `Must match the glob pattern ${JSON.stringify(constraint.glob)}.`)
  if ('within' in constraint)
    return say(schema, `Must be a path inside ${JSON.stringify(constraint.within)}.`)
  if ('every' in constraint) return narrowItems(schema, constraint.every)
  return schema
}

function bounded(schema: JsonObject, keyword: 'minimum' | 'maximum', bound: number | undefined): JsonObject {
  if (bound === undefined) return schema
  const present = schema[keyword]
  if (present === undefined) return { ...schema, [keyword]: bound }
  // In old drafts `exclusiveMinimum: true` turns the bound into one that is not itself allowed.
  const twin = keyword === 'minimum' ? 'exclusiveMinimum' : 'exclusiveMaximum'
  if (typeof present !== 'number' || schema[twin] === true) return schema
  return { ...schema, [keyword]: keyword === 'minimum' ? Math.max(present, bound) : Math.min(present, bound) }
}

function narrowItems(schema: JsonObject, constraint: Constraint): JsonObject {
  const items = schema['items'] ?? {}
  // With either of these, `items` speaks of some items only.
  if (!isJsonObject(items) || 'prefixItems' in schema || 'additionalItems' in schema) return schema
  const narrowed = narrowArgument(items, [[constraint]])
  return narrowed === items ? schema : { ...schema, items: narrowed }
}

function say(schema: JsonObject, sentence: string): JsonObject {
  const description = schema['description']
  if (description === undefined) return { ...schema, description: sentence }
  if (typeof description !== 'string' || description.includes(sentence)) return schema
  return { ...schema, description: `${description}\n${sentence}` }
}

/** `text` as a pattern that matches itself, under the `u` flag as well. */
function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/gu, '\\$&')
}
