/** What orders, canons and statements are made of: names, ids, digests, keys, and text of bounded length. */
import type { Json } from '../../base/json.ts'
import type { Shape } from '../../base/shape.ts'
import { oneOf, text, whole } from '../../base/shape.ts'
import { acceptablePublicKey } from '../../base/signature.ts'
import type { OperatorLevel } from '../event.ts'
import { limits } from '../limits.ts'

const namePattern = /^[a-z0-9][a-z0-9._-]{0,63}$/u
const domainPattern = /^[a-z0-9][a-z0-9-]{0,31}$/u
const digestPattern = /^[0-9a-f]{64}$/u

/** What agents, drivers, operators and domains may be called. */
export function isName(value: Json | undefined): value is string {
  return typeof value === 'string' && namePattern.test(value)
}

/** What domains may be called: their names become folders, and parts of file names that are split at dots. */
export function isDomainName(value: Json | undefined): value is string {
  return typeof value === 'string' && domainPattern.test(value)
}

/** A positive integer that JSON carries exactly. */
export function isId(value: Json | undefined): value is number {
  return isCount(value) && value > 0
}

/** An integer from 0 that JSON carries exactly. */
export function isCount(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

/** SHA-256 in lower-case hex. */
export function isDigest(value: Json | undefined): value is string {
  return typeof value === 'string' && digestPattern.test(value)
}

/** The shape of an id of whatever kind the type wants. */
export function anId<T extends number>(): Shape<T> {
  return whole(1)
}

/** The shape of what `isName` takes. */
export const aName: Shape<string> = text(
  'must be a name: lower case, digits, `.`, `_`, `-`, at most 64',
  isName,
)
/** The shape of what `isDomainName` takes. */
export const aDomainName: Shape<string> = text(
  'must be the name of a domain: lower case letters, digits and `-`, at most 32',
  isDomainName,
)
/** A comment, a reason. */
export const aText: Shape<string> = text(
  'must be a text of bounded length',
  (value) => value.length <= limits.textLength,
)
/** The shape of what `isDigest` takes. */
export const aDigest: Shape<string> = text('must be SHA-256 in hex', isDigest)
/** A key that may be enrolled. */
export const aKey: Shape<string> = text(
  'must be an Ed25519 public key',
  (value) => acceptablePublicKey(value).ok,
)
/** A level that an operator can have. */
export const aLevel: Shape<OperatorLevel> = oneOf(['sovereign', 'co-operator', 'domain-sovereign'])

/** Why a person's level does not go with the domain they are said to govern, or null. */
export function whyMisplaced(person: {
  readonly level: OperatorLevel
  readonly domain?: string
}): string | null {
  if ((person.level === 'domain-sovereign') === (person.domain !== undefined)) return null
  return 'must have a `domain` exactly where the level is domain-sovereign'
}
