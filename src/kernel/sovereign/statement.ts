/**
 * The sovereign's word to one domain: who its operators are, whether it runs, which canon holds, and for how long
 * this may be relied on. It is the whole truth for that domain, so applying one is idempotent and a later one
 * replaces an earlier one; and it says nothing of other domains. Operators are numbered per domain, in the order
 * in which they came to matter to it, so that not even their numbers tell what happened elsewhere.
 */
import { canonicalJson } from '../../base/canonical-json.ts'
import type { Instant } from '../../base/ids.ts'
import type { Json } from '../../base/json.ts'
import type { Shape } from '../../base/shape.ts'
import { checked, isOf, list, object, oneOf, optional, text, whole } from '../../base/shape.ts'
import { parseStrictJson } from '../../base/strict-json.ts'
import type { OperatorLevel } from '../event.ts'
import { limits } from '../limits.ts'
import type { DomainStatus, Operator, OperatorStatus, RegisteredDomain, State } from '../state.ts'
import { aKey, aLevel, aName, whyMisplaced } from './shape.ts'

/** What is signed is this, followed by the text. */
export const statementPrefix = 'custos-statement-v1\n'

/** An operator as a domain hears of them. */
export interface ListedOperator {
  /** Their number in this domain's statements: 1 for the first. */
  readonly operator: number
  readonly name: string
  readonly level: OperatorLevel
  readonly publicKey: string
  readonly domain?: string
  readonly status: OperatorStatus
}

/** A statement, parsed. */
export interface Statement {
  /** Rises by one with each statement to this domain. */
  readonly statement: number
  readonly domain: string
  readonly at: Instant
  readonly validUntil: Instant
  readonly status: DomainStatus
  readonly operators: readonly ListedOperator[]
  readonly canon: { readonly version: number; readonly digest: string }
  readonly weight: number
}

/** The RFC 8785 text of what the sovereign would say to a domain now, as its statement of that number and time. */
export function statementFor(
  state: State,
  domain: RegisteredDomain,
  { statement, at, validUntil }: Pick<Statement, 'statement' | 'at' | 'validUntil'>,
): string {
  const { name, status, weight } = domain
  return canonicalJson({
    statement,
    domain: name,
    at,
    validUntil,
    status,
    operators: concerned(state, name).map(listed) as unknown as Json,
    canon: { version: state.domain?.canonVersion ?? 0, digest: state.domain?.canonDigest ?? '' },
    weight,
  })
}

/** The bytes that a statement's signature is made over. */
export function statementBytes(text: string): Uint8Array {
  return new TextEncoder().encode(statementPrefix + text)
}

/** Everybody who ever mattered to a domain, in that order; nobody who matters to another one only. */
function concerned({ operators }: State, domain: string): readonly Operator[] {
  return [...operators.values()].filter((known) => known.domain === undefined || known.domain === domain)
}

function listed({ name, level, publicKey, domain, status }: Operator, at: number): ListedOperator {
  const place = domain === undefined ? {} : { domain }
  return { operator: at + 1, name, level, publicKey, ...place, status: status ?? 'active' }
}

const aListed: Shape<ListedOperator> = checked(
  object<ListedOperator>({
    operator: whole(1),
    name: aName,
    level: aLevel,
    publicKey: aKey,
    domain: optional(aName),
    status: oneOf(['active', 'lost', 'revoked']),
  }),
  whyMisplaced,
)

const aStatement: Shape<Statement> = object({
  statement: whole(1),
  domain: aName,
  at: whole(0),
  validUntil: whole(0),
  status: oneOf(['active', 'frozen', 'removed']),
  operators: checked(list(aListed, limits.operators), (operators) =>
    operators.every(({ operator }, place) => operator === place + 1) ? null : 'must be numbered from 1',
  ),
  canon: object({ version: whole(1), digest: text('must be a text', () => true) }),
  weight: whole(1),
})

/** The statement that a text is, or null when it is not exactly one in canonical form. */
export function parseStatement(bytes: Uint8Array): Statement | null {
  const parsed = parseStrictJson(bytes, { maxBytes: limits.statementBytes, maxDepth: 4, maxValues: 16_384 })
  if (!parsed.ok || !isOf(aStatement, parsed.value)) return null
  return canonicalJson(parsed.value) === new TextDecoder().decode(bytes) ? parsed.value : null
}
