/** What every parser of this folder asks of untrusted JSON: exactly these members, and ids that can be ids. */
import type { Json, JsonObject } from '../../base/json.ts'
import { limits } from '../limits.ts'

const namePattern = /^[a-z0-9][a-z0-9._-]{0,63}$/u
const domainPattern = /^[a-z0-9][a-z0-9-]{0,31}$/u

/** What agents, drivers, operators and domains may be called. */
export function isName(value: Json | undefined): value is string {
  return typeof value === 'string' && namePattern.test(value)
}

/** What domains may be called: their names become folders, and parts of file names that are split at dots. */
export function isDomainName(value: Json | undefined): value is string {
  return typeof value === 'string' && domainPattern.test(value)
}

/** Why the members of `value` are not exactly these, as a sentence; null when they are. */
export function whyShape(value: JsonObject, names: readonly string[]): string | null {
  const missing = names.find((name) => !Object.hasOwn(value, name))
  if (missing !== undefined) return `\`${missing}\` is missing.`
  const extra = Object.keys(value).find((name) => !names.includes(name))
  return extra === undefined ? null : `\`${extra}\` is not known here.`
}

/** A positive integer that JSON carries exactly. */
export function isId(value: Json | undefined): value is number {
  return isCount(value) && value > 0
}

/** An integer from 0 that JSON carries exactly. */
export function isCount(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

/** Text of bounded length. */
export function isText(value: Json | undefined): value is string {
  return typeof value === 'string' && value.length <= limits.textLength
}
