/**
 * Reads a suggestion back after a person has been at it. Strict: a member that is unknown or of the wrong
 * shape refuses the whole file, because a misspelt constraint that vanished would be a wider grant. Evidence
 * and reasons may be changed or struck out freely; they are never signed.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { parseStrictJson } from '../../base/strict-json.ts'
import { parseCaveats } from '../../kernel/capability/parse-caveats.ts'
import type { Caveats } from '../../kernel/capability/terms.ts'
import { suggestionFormat } from './suggestion.ts'

/** The longest file that is read, in bytes. */
export const suggestionBytes = 4_194_304

/** One grant of a reviewed file. */
export interface ReviewedGrant {
  readonly driver: string
  readonly caveats: Caveats
}

/** A reviewed file. */
export interface ReviewedSuggestion {
  readonly agent: string
  readonly grants: readonly ReviewedGrant[]
}

/** Parses a reviewed file, or says what is wrong with it and where. */
export function parseSuggestion(bytes: Uint8Array): Result<ReviewedSuggestion, string> {
  if (bytes.length > suggestionBytes) return err(`it is longer than ${suggestionBytes} bytes`)
  // The strict parser knows no line breaks. Inside a string they are not JSON anyway, so nothing is repaired.
  const oneLine = bytes.map((byte) => (byte === 0x0a || byte === 0x0d || byte === 0x09 ? 0x20 : byte))
  const parsed = parseStrictJson(oneLine, { maxBytes: suggestionBytes, maxDepth: 32, maxValues: 262_144 })
  if (!parsed.ok) return err(`${parsed.error.message}, at byte ${parsed.error.offset}`)
  const { value } = parsed
  if (!isJsonObject(value)) return err('it is not a JSON object')
  const wrong = whyShape(
    value,
    ['custos', 'agent', 'grants'],
    ['calls', 'sealed', 'leftOut', 'refused', 'refusedBeside'],
  )
  if (wrong !== null) return err(wrong)
  if (value['custos'] !== suggestionFormat) return err(`it is not a ${suggestionFormat} file`)
  const { agent, grants } = value
  if (typeof agent !== 'string' || !Array.isArray(grants))
    return err('`agent` must be a name, `grants` a list')
  const reviewed: ReviewedGrant[] = []
  for (const [index, grant] of (grants as readonly Json[]).entries()) {
    const one = parseGrant(grant)
    if (!one.ok) return err(`grant ${index + 1}: ${one.error}`)
    reviewed.push(one.value)
  }
  return ok({ agent, grants: reviewed })
}

function parseGrant(value: Json): Result<ReviewedGrant, string> {
  if (!isJsonObject(value)) return err('it is not an object')
  const wrong = whyShape(value, ['driver', 'selectors'], ['ask', 'rate', 'uses', 'why'])
  if (wrong !== null) return err(wrong)
  const { driver, selectors, why: _why, ...terms } = value
  if (typeof driver !== 'string' || !isJsonObject(selectors))
    return err('`driver` must be a name and `selectors` an object')
  const where: { [selector: string]: Json } = Object.create(null) as { [selector: string]: Json }
  for (const [selector, line] of Object.entries(selectors)) {
    const parsed = parseLine(line)
    if (!parsed.ok) return err(`${JSON.stringify(selector)}: ${parsed.error}`)
    where[selector] = parsed.value
  }
  const caveats = parseCaveats({ ...terms, selectors: Object.keys(selectors), where })
  return caveats.ok ? ok({ driver, caveats: caveats.value }) : caveats
}

function parseLine(value: Json): Result<Json, string> {
  if (!isJsonObject(value)) return err('it is not an object')
  const wrong = whyShape(value, ['arguments'], ['effect', 'open', 'why', 'evidence'])
  if (wrong !== null) return err(wrong)
  const { arguments: suggested, open } = value
  if (!isJsonObject(suggested)) return err('`arguments` must be an object')
  const named: { [name: string]: Json } = Object.create(null) as { [name: string]: Json }
  for (const [name, argument] of Object.entries(suggested)) {
    const parsed = parseArgument(argument)
    if (!parsed.ok) return err(`argument ${JSON.stringify(name)}: ${parsed.error}`)
    named[name] = parsed.value
  }
  return ok(open === undefined ? { arguments: named } : { arguments: named, open })
}

function parseArgument(value: Json): Result<Json, string> {
  if (!isJsonObject(value)) return err('it is not an object')
  const wrong = whyShape(value, ['constraint'], ['optional', 'why', 'wide', 'undecided'])
  if (wrong !== null) return err(wrong)
  const { constraint, optional, undecided } = value as {
    readonly constraint: Json
    readonly [name: string]: Json
  }
  if (undecided !== undefined)
    return err('it is undecided: write the constraint you want and strike out the member "undecided"')
  return ok(optional === undefined ? { constraint } : { constraint, optional })
}

function whyShape(value: JsonObject, required: readonly string[], others: readonly string[]): string | null {
  const missing = required.find((name) => !Object.hasOwn(value, name))
  if (missing !== undefined) return `"${missing}" is missing`
  const extra = Object.keys(value).find((name) => !required.includes(name) && !others.includes(name))
  return extra === undefined ? null : `there is no member ${JSON.stringify(extra)} here`
}
