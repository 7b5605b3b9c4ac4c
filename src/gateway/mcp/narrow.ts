/**
 * Shows a model what it may ask for: a tool's input schema, narrowed by the terms of the capabilities that
 * cover it. Presentation only, since the kernel judges every call whatever a schema says; so what cannot be
 * narrowed is passed on as it came, and a narrowed schema accepts everything the kernel would let through.
 *
 * A call passes when *one* capability allows it, and a capability allows it when *every* level of its chain
 * does. So levels add up, and between capabilities only what all of them ask for is shown.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { termsFor } from '../../kernel/capability/arguments.ts'
import { parseCaveats } from '../../kernel/capability/parse-caveats.ts'
import type { ArgumentTerms, Constraint } from '../../kernel/capability/terms.ts'
import { narrowArgument } from './narrow-argument.ts'

/** What one capability asks of the arguments, all levels of its chain together. */
interface Demands {
  /** Names it allows; null when every level is open. */
  readonly allowed: ReadonlySet<string> | null
  /** Names that must be given. */
  readonly required: ReadonlySet<string>
  readonly constraints: ReadonlyMap<string, readonly Constraint[]>
}

/**
 * The tool as an agent should see it. `grants` are the live capabilities that cover `selector`, each as the
 * `where` of its levels. Never throws; returns `tool` itself when there is nothing to narrow.
 */
export function narrowTool(
  tool: JsonObject,
  selector: string,
  grants: readonly (readonly JsonObject[])[],
): JsonObject {
  const schema = tool['inputSchema']
  if (!isJsonObject(schema) || grants.length === 0) return tool
  const demands: Demands[] = []
  for (const levels of grants) {
    const one = demandsOf(levels, selector)
    if (one === null) return tool
    demands.push(one)
  }
  return { ...tool, inputSchema: narrowSchema(schema, demands) }
}

/** Null when a level is not in the form the kernel writes it. */
function demandsOf(levels: readonly JsonObject[], selector: string): Demands | null {
  let allowed: ReadonlySet<string> | null = null
  const required = new Set<string>()
  const constraints = new Map<string, Constraint[]>()
  for (const level of levels) {
    const terms = termsOf(level, selector)
    if (terms === null) return null
    if (terms.open !== true) allowed = within(allowed, Object.keys(terms.arguments))
    for (const [name, term] of Object.entries(terms.arguments)) {
      if (term.optional !== true) required.add(name)
      constraints.set(name, [...(constraints.get(name) ?? []), term.constraint])
    }
  }
  return { allowed, required, constraints }
}

function within(names: ReadonlySet<string> | null, others: readonly string[]): ReadonlySet<string> {
  return new Set(others.filter((name) => names === null || names.has(name)))
}

const nothing: ArgumentTerms = { arguments: {} }

function termsOf(level: JsonObject, selector: string): ArgumentTerms | null {
  const key = Object.hasOwn(level, selector) ? selector : '*'
  const terms = Object.hasOwn(level, key) ? level[key] : undefined
  if (terms === undefined) return nothing
  // Only the terms at hand: a grant of a thousand selectors is not parsed for each of them.
  const parsed = parseCaveats({ where: { [key]: terms } })
  if (!parsed.ok || parsed.value.where === undefined) return null
  return termsFor(parsed.value.where, selector) ?? nothing
}

function narrowSchema(schema: JsonObject, demands: readonly Demands[]): JsonObject {
  const given = schema['properties'] ?? {}
  if (!isJsonObject(given)) return schema
  const allowed = unitedNames(demands)
  const properties = new Map(Object.entries(given).filter(([name]) => allowed?.has(name) !== false))
  const beside = schema['additionalProperties']
  if (allowed !== null && beside !== false) {
    // What was allowed only by not being mentioned has to be mentioned before the rest is shut out.
    for (const name of allowed) if (!properties.has(name)) properties.set(name, beside ?? {})
  }
  for (const [name, property] of properties) {
    const asked = demands.filter((one) => one.allowed === null || one.allowed.has(name))
    const choices = asked.map((one) => one.constraints.get(name) ?? [])
    properties.set(name, narrowArgument(property, choices))
  }
  return {
    ...schema,
    ...(properties.size > 0 || 'properties' in schema ? { properties: Object.fromEntries(properties) } : {}),
    ...requiredOf(schema['required'], properties, demands),
    ...(allowed === null ? {} : { additionalProperties: false }),
  }
}

/** Names that some capability allows, or null when one of them allows any. */
function unitedNames(demands: readonly Demands[]): ReadonlySet<string> | null {
  const names = new Set<string>()
  for (const { allowed } of demands) {
    if (allowed === null) return null
    for (const name of allowed) names.add(name)
  }
  return names
}

/** What the schema requires, without what nobody may give and with what every capability demands. */
function requiredOf(
  given: Json | undefined,
  properties: ReadonlyMap<string, Json>,
  demands: readonly Demands[],
): { readonly required?: readonly Json[] } {
  if (given !== undefined && !Array.isArray(given)) return {}
  const before: readonly Json[] = given ?? []
  const allowed = unitedNames(demands)
  const kept = before.filter((name) => typeof name !== 'string' || allowed?.has(name) !== false)
  const added = [...properties.keys()].filter(
    (name) => !kept.includes(name) && demands.every(({ required }) => required.has(name)),
  )
  if (given === undefined && added.length === 0) return {}
  return { required: [...kept, ...added] }
}
