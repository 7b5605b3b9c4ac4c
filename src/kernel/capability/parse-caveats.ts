/**
 * From untrusted JSON to caveats. Unknown members are refused rather than ignored: a misspelt constraint
 * that vanished silently would be a wider grant than was meant.
 */
import { id } from '../../base/ids.ts'
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { limits } from '../limits.ts'
import { isCanonicalPath } from './path.ts'
import type { ArgumentTerm, ArgumentTerms, Budget, Caveats, Constraint, Rate, Where } from './terms.ts'

type Writable<T> = { -readonly [K in keyof T]: T[K] }

const limitMembers = ['expiresAt', 'uses', 'rate', 'budget', 'quorum', 'approvals']
const members = ['selectors', 'where', ...limitMembers, 'ask', 'fourEyes', 'derivable', 'badge']

/**
 * Caveats, or a sentence saying what is wrong. `argumentsCommitment` and `also` are not accepted: only approvals
 * and narrowings set them.
 */
export function parseCaveats(value: Json): Result<Caveats, string> {
  if (!isJsonObject(value)) return err('Caveats must be an object.')
  const unknown = Object.keys(value).find((name) => !members.includes(name))
  if (unknown !== undefined) return err(`Unknown caveat ${JSON.stringify(unknown)}.`)
  const limited = parseLimits(value)
  if (!limited.ok) return limited
  const caveats: Writable<Caveats> = { ...limited.value }
  const { selectors, where, ask, fourEyes, derivable, badge } = value as { [name: string]: Json | undefined }
  if (selectors !== undefined) {
    if (!isSelectorList(selectors)) return err('`selectors` must be a non-empty list of distinct names.')
    caveats.selectors = selectors
  }
  if (where !== undefined) {
    const parsed = parseWhere(where)
    if (!parsed.ok) return parsed
    caveats.where = parsed.value
  }
  if (ask !== undefined) {
    if (ask !== true) return err('`ask` can only be true.')
    caveats.ask = true
  }
  if (fourEyes !== undefined) {
    if (fourEyes !== true) return err('`fourEyes` can only be true.')
    caveats.fourEyes = true
  }
  if (derivable !== undefined) {
    if (derivable !== false) return err('`derivable` can only be false.')
    caveats.derivable = false
  }
  if (badge !== undefined) {
    if (!isText(badge, limits.nameLength)) return err('`badge` must be a short text.')
    caveats.badge = badge
  }
  return ok(caveats)
}

/** The caveats that are numbers: times, counts and amounts. */
function parseLimits(value: JsonObject): Result<Caveats, string> {
  const caveats: Writable<Caveats> = {}
  const { expiresAt, uses, rate, budget, quorum, approvals } = value as { [name: string]: Json | undefined }
  if (expiresAt !== undefined) {
    if (!isCount(expiresAt)) return err('`expiresAt` must be an instant in milliseconds.')
    caveats.expiresAt = id(expiresAt)
  }
  if (uses !== undefined) {
    if (!isCount(uses)) return err('`uses` must be a positive integer.')
    caveats.uses = uses
  }
  if (rate !== undefined) {
    if (!isRate(rate)) return err('`rate` must be {count, perMs} of positive integers.')
    caveats.rate = rate
  }
  if (budget !== undefined) {
    if (!isBudget(budget)) return err('`budget` must be {amount}, a positive integer.')
    caveats.budget = budget
  }
  for (const name of ['quorum', 'approvals'] as const) {
    const count = name === 'quorum' ? quorum : approvals
    if (count === undefined) continue
    if (!isQuorum(count)) return err(`\`${name}\` must be an integer from 1 to ${limits.quorum}.`)
    caveats[name] = count
  }
  return ok(caveats)
}

function parseWhere(value: Json): Result<Where, string> {
  if (!isJsonObject(value)) return err('`where` must be an object from selector to terms.')
  const where: { [selector: string]: ArgumentTerms } = Object.create(null) as Record<string, ArgumentTerms>
  if (Object.keys(value).length > limits.selectorsPerCapability) return err('`where` has too many selectors.')
  for (const [selector, terms] of Object.entries(value)) {
    const parsed = parseTerms(terms)
    if (!parsed.ok) return err(`In the terms of ${JSON.stringify(selector)}: ${parsed.error}`)
    where[selector] = parsed.value
  }
  return ok(where)
}

function parseTerms(value: Json): Result<ArgumentTerms, string> {
  if (!isJsonObject(value) || !hasOnly(value, ['arguments', 'open']))
    return err('terms are {arguments, open?}.')
  const named = value['arguments']
  if (!isJsonObject(named)) return err('`arguments` must be an object.')
  if (Object.keys(named).length > limits.argumentTermsPerSelector) return err('too many arguments.')
  const parsed: { [name: string]: ArgumentTerm } = Object.create(null) as Record<string, ArgumentTerm>
  for (const [name, term] of Object.entries(named)) {
    if (!isJsonObject(term) || !hasOnly(term, ['constraint', 'optional']))
      return err('a term is {constraint, optional?}.')
    const constraint = parseConstraint(term['constraint'], limits.constraintDepth)
    if (!constraint.ok) return err(`argument ${JSON.stringify(name)}: ${constraint.error}`)
    if (term['optional'] !== undefined && term['optional'] !== true)
      return err('`optional` can only be true.')
    parsed[name] = { constraint: constraint.value, ...(term['optional'] === true ? { optional: true } : {}) }
  }
  if (value['open'] !== undefined && value['open'] !== true) return err('`open` can only be true.')
  return ok({ arguments: parsed, ...(value['open'] === true ? { open: true } : {}) })
}

function parseConstraint(value: Json | undefined, depth: number): Result<Constraint, string> {
  if (!isJsonObject(value) || Object.keys(value).length !== 1)
    return err('a constraint has exactly one member.')
  if (depth === 0) return err('constraints are nested too deeply.')
  const {
    any,
    eq,
    in: among,
    range,
    prefix,
    glob,
    within,
    every,
  } = value as { [name: string]: Json | undefined }
  if (any === true) return ok({ any })
  if (eq !== undefined) return ok({ eq })
  if (Array.isArray(among) && among.length <= limits.constraintValues) return ok({ in: among })
  if (isRange(range)) return ok({ range })
  if (isText(prefix, limits.patternLength)) return ok({ prefix })
  if (isText(glob, limits.patternLength)) return ok({ glob })
  if (within !== undefined) {
    if (typeof within === 'string' && isCanonicalPath(within)) return ok({ within })
    return err('`within` must be an absolute path in its canonical spelling.')
  }
  if (every !== undefined) {
    const inner = parseConstraint(every, depth - 1)
    return inner.ok ? ok({ every: inner.value }) : inner
  }
  return err(`not a constraint: ${JSON.stringify(Object.keys(value)[0])}.`)
}

function isRange(value: Json | undefined): value is { min?: number; max?: number } {
  return (
    isJsonObject(value) &&
    hasOnly(value, ['min', 'max']) &&
    Object.keys(value).length > 0 &&
    Object.values(value).every((bound) => typeof bound === 'number')
  )
}

function isRate(value: Json): value is Rate & JsonObject {
  return (
    isJsonObject(value) &&
    hasOnly(value, ['count', 'perMs']) &&
    isCount(value['count']) &&
    isCount(value['perMs'])
  )
}

function isBudget(value: Json): value is Budget & JsonObject {
  return isJsonObject(value) && hasOnly(value, ['amount']) && isCount(value['amount'])
}

/** True for a number of people or of capabilities that a use may be made to need. */
export function isQuorum(value: Json | undefined): value is number {
  return isCount(value) && value <= limits.quorum
}

function isSelectorList(value: Json): value is string[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= limits.selectorsPerCapability &&
    value.every((item) => isText(item, limits.textLength) && item !== '*') &&
    new Set(value).size === value.length
  )
}

function isText(value: Json | undefined, maxLength: number): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= maxLength
}

function isCount(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
}

function hasOnly(value: JsonObject, names: readonly string[]): boolean {
  return Object.keys(value).every((name) => names.includes(name))
}
